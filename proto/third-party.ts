// Lays the contracts that others wrote (rich errors, health, reflection) into proto/third-party,
// from the npm packages that carry them. They are not checked in: the lockfile fixes their text.

import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the contracts, absolute. */
export const protoFolder = import.meta.dirname;

// Path below third-party, which is the path that other contracts import, to where its package keeps
// it.
const sources = {
  "google/rpc/status.proto": "google-proto-files/google/rpc/status.proto",
  "google/rpc/error_details.proto": "google-proto-files/google/rpc/error_details.proto",
  "grpc/health/v1/health.proto": "grpc-health-check/proto/health/v1/health.proto",
  "grpc/reflection/v1/reflection.proto":
    "@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto",
  "grpc/reflection/v1alpha/reflection.proto":
    "@grpc/reflection/build/proto/grpc/reflection/v1alpha/reflection.proto",
} as const;

/** Copies every third-party contract. buf needs them for everything it does. May be repeated. */
export function layThirdParty(): void {
  for (const [path, source] of Object.entries(sources)) {
    const copy = join(protoFolder, "third-party", path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(packageFile(source), copy);
  }
}

// Packages need not export their protos, so the path is put together from where node_modules is.
function packageFile(source: string): string {
  return fileURLToPath(new URL(`../node_modules/${source}`, import.meta.url));
}

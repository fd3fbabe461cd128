// A client that is none of ours: `buf curl`, started where no schema lies, so that it knows of the
// contracts only what the services tell it by reflection.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));

/** No call waits: what takes this long hangs. */
const callTimeout = "30s";

/** Versions of server reflection that clients ask for. */
export const reflections = ["grpc-v1", "grpc-v1alpha"] as const;
export type Reflection = (typeof reflections)[number];

/** A gRPC error as the client prints it, with the details that it has found. */
const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.array(z.object({ type: z.string(), value: z.string() })).default([]),
});
export type PrintedError = z.infer<typeof errorSchema>;

/** What a call has brought. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: unknown }
  | { readonly kind: "failed"; readonly error: PrintedError };

/** A client in a folder of its own. */
export interface BufCurl {
  listServices(address: string, reflection: Reflection): Promise<string[]>;
  /** Calls "package.Service/Method" with a request in JSON. */
  call(address: string, method: string, request: object): Promise<Outcome>;
  /** Like call, by the older version of reflection. */
  callByAlpha(address: string, method: string, request: object): Promise<Outcome>;
}

export function openBufCurl(folder: string): BufCurl {
  const invoke = async (
    url: string,
    { reflection, more }: { reflection: Reflection; more: readonly string[] },
  ): Promise<Outcome> => {
    const { code, output, complaint } = await run(folder, reflection, [...more, url]);
    if (code === 0) return { kind: "answered", answer: JSON.parse(output) };
    // Below 8 it is the client that failed; above, the code of gRPC is in the upper bits.
    if (code >= 8) return { kind: "failed", error: errorSchema.parse(JSON.parse(complaint)) };
    throw new Error(`buf curl ${url} failed with ${code}: ${complaint}`);
  };
  const call = (reflection: Reflection) => (address: string, method: string, request: object) =>
    invoke(`http://${address}/${method}`, {
      reflection,
      more: ["--data", JSON.stringify(request)],
    });
  return {
    listServices: async (address, reflection) => {
      const words = ["--list-services", `http://${address}`];
      const { code, output, complaint } = await run(folder, reflection, words);
      if (code !== 0) throw new Error(`buf curl cannot list ${address}: ${complaint}`);
      return output.trim().split("\n");
    },
    call: call("grpc-v1"),
    callByAlpha: call("grpc-v1alpha"),
  };
}

const commonWords = ["curl", "--protocol", "grpc", "--http2-prior-knowledge"];

async function run(folder: string, reflection: Reflection, words: readonly string[]) {
  const limits = ["--timeout", callTimeout, "--reflect-protocol", reflection];
  const child = spawn(process.execPath, [buf, ...commonWords, ...limits, ...words], {
    cwd: folder,
    // Its home is the folder too: no configuration of this machine counts.
    env: { PATH: process.env["PATH"], HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  const [code, output, complaint] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, output, complaint };
}

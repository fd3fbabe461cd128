// Runs once before the tests, and once after them: makes the image of a host, and takes it away
// again. Without an engine everything ends here, with the reason.

import { docker } from "../compose/engine.ts";

const image = `hot-backup-systemd:test-${process.pid}`;
process.env["HOT_BACKUP_SYSTEMD_IMAGE"] = image;

export async function setup(): Promise<void> {
  const engine = process.env["DOCKER_HOST"] ?? "the usual socket";
  try {
    await docker(["version"]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot test the units: no container engine at ${engine}. Start one, or name one that ` +
        `runs: DOCKER_HOST=unix:///path npm run test:systemd\n${why}`,
      { cause: error },
    );
  }
  await docker(["build", "--quiet", "--tag", image, import.meta.dirname]);
}

export async function teardown(): Promise<void> {
  await docker(["image", "rm", "--force", image]);
}

// Runs once before the tests, and once after them: makes the images, and takes them away again.
// Without an engine everything ends here, with the reason.

import { compose, composeFiles, docker } from "./engine.ts";

/** The images have a tag of this run. The environment takes it to compose, and to the tests. */
const tag = `test-${process.pid}`;
process.env["HOT_BACKUP_VERSION"] = tag;

export async function setup(): Promise<void> {
  const engine = process.env["DOCKER_HOST"] ?? "the usual socket";
  try {
    await docker(["version"]);
    await docker(["compose", "version"]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot test the compose files: no container engine with compose v2 at ${engine}. Start ` +
        `one, or name one that runs: DOCKER_HOST=unix:///path npm run test:compose\n${why}`,
      { cause: error },
    );
  }
  await compose(composeFiles.alone, ["--profile", "console", "build", "--quiet"]);
  await compose(composeFiles.demo, ["build", "--quiet"]);
}

export async function teardown(): Promise<void> {
  const names = ["heartbeat", "monitor", "channels", "notify", "console", "demo"];
  await docker(["image", "rm", "--force", ...names.map((each) => `hot-backup-${each}:${tag}`)]);
}

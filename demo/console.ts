// The console beside the two servers of `npm start`: builds its page when it is older than its
// sources, and starts the gateway with an operator who has a token.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, globSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isPortFree } from "@hot-backup/testbed/ports.ts";
import { startService } from "@hot-backup/testbed/service-process.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";

const folder = fileURLToPath(new URL("../clients/console", import.meta.url));

const serveWithinMs = 30_000;

/** A console that serves. */
export interface StartedConsole {
  readonly url: string;
  /** Signs an operator in. */
  readonly token: string;
  stop(): Promise<unknown>;
}

/** Starts the gateway for the configuration of a bed. Throws when its port is taken. */
export async function startConsole(
  bedFolder: string,
  { port }: { port: number },
): Promise<StartedConsole> {
  if (!(await isPortFree(port))) {
    throw new Error(
      `Cannot start the console: port ${port} of 127.0.0.1 is taken. ` +
        "Stop what uses it, or move all ports with --port-base, for example 17400.",
    );
  }
  buildPage();
  const token = randomBytes(24).toString("base64url");
  const tokenFile = join(bedFolder, "config", "operator.token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const users = [{ name: "operator", role: "operator", tokenFile }];
  const gateway = startService("console", {
    configFile: join(bedFolder, "config", "console.yaml"),
    logFile: join(bedFolder, "logs", "console.log"),
    environment: { HOT_BACKUP__CONSOLE__USERS: JSON.stringify(users) },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(
    "the console to serve",
    async () => {
      const answer = await fetch(`${url}/api/session`).catch(() => undefined);
      return answer?.ok === true;
    },
    { withinMs: serveWithinMs },
  );
  return {
    url,
    token,
    stop: () => {
      gateway.send("SIGTERM");
      return gateway.ended;
    },
  };
}

/** Builds the page where it is missing, or older than what it is made of. */
export function buildPage(): void {
  const built = join(folder, "dist", "index.html");
  const sources = globSync(["page/**/*", "src/view/*", "vite.config.ts"], { cwd: folder });
  const changedAtMs = Math.max(...sources.map((each) => statSync(join(folder, each)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs >= changedAtMs) return;
  const vite = dirname(createRequire(import.meta.url).resolve("vite/package.json"));
  const words = ["build", "--config", join(folder, "vite.config.ts"), "--logLevel", "warn"];
  execFileSync(process.execPath, [join(vite, "bin/vite.js"), ...words], { stdio: "inherit" });
}

// Two real servers with a real gateway beside them: what the page is tried against.

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigFolderOptions } from "@hot-backup/testbed/config-folder.ts";
import { type ServiceProcess, startService } from "@hot-backup/testbed/service-process.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { parse } from "yaml";
import { type Bed, openBed, withinMs } from "../e2e/bed.fixture.ts";

/** Who acts in the page; the name is found in the histories of the services. */
export const operatorName = "anna";

export interface ConsoleBed extends AsyncDisposable {
  readonly bed: Bed;
  readonly url: string;
  /** Signs the operator in. */
  readonly token: string;
  /** Starts the gateway again after `killGateway`. */
  startGateway(): Promise<void>;
  killGateway(): Promise<void>;
}

export async function openConsoleBed(edit?: ConfigFolderOptions["edit"]): Promise<ConsoleBed> {
  const bed = await openBed(edit);
  const { folder } = bed.servers;
  const configFile = join(folder, "config", "console.yaml");
  const tokenFile = join(folder, "config", "operator.token");
  const token = randomBytes(24).toString("base64url");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const users = [{ name: operatorName, role: "operator", tokenFile }];
  const { console: own } = parse(readFileSync(configFile, "utf8")) as {
    console: { listen: string };
  };
  const url = `http://${own.listen}`;
  let gateway: ServiceProcess<"console"> | undefined;
  const startGateway = async () => {
    gateway = startService("console", {
      configFile,
      logFile: join(folder, "logs", "console.log"),
      environment: { HOT_BACKUP__CONSOLE__USERS: JSON.stringify(users) },
    });
    await waitFor("the gateway to serve", () => isServing(url), { withinMs });
  };
  const killGateway = async () => {
    gateway?.send("SIGKILL");
    await gateway?.ended;
  };
  const close = async () => {
    await killGateway();
    await bed[Symbol.asyncDispose]();
  };
  try {
    await startGateway();
  } catch (error) {
    await close();
    throw error;
  }
  return { bed, url, token, startGateway, killGateway, [Symbol.asyncDispose]: close };
}

async function isServing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/session`);
  return answer.ok;
}

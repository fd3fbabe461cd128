// Asks one service of this machine for its health, at the address that its own configuration names.
// For container engines and scripts: says nothing when all is well, and why when it is not.
//
//   --config FILE    the YAML file of the server instance (required)
//   --service NAME   the section of the service; default: the variable HOT_BACKUP_SERVICE
//
// Exit codes: 0 it serves, 1 it does not, 2 bad arguments or configuration.

import { parseArgs } from "node:util";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { z } from "zod";
import { checkConfig, readConfigSource } from "./config.ts";
import { listenAddress } from "./config-fields.ts";
import { call, dial } from "./grpc-dial.ts";

/** Less than whoever asks waits, so that the reason is told and not only that it took too long. */
const deadlineMs = 4000;

const usage = "usage: node health-check.ts --config FILE [--service NAME]";

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  let address: string;
  try {
    address = readAddress();
  } catch (error) {
    return complain(2, error);
  }
  try {
    await check(address);
    return 0;
  } catch (error) {
    return complain(1, error);
  }
}

function complain<Code>(code: Code, error: unknown): Code {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return code;
}

/** Where the service listens. Every address, 0.0.0.0, is this machine for whoever connects. */
function readAddress(): string {
  const options = { config: { type: "string" }, service: { type: "string" } } as const;
  const { values } = parseArgs({ options });
  const service = values.service ?? process.env["HOT_BACKUP_SERVICE"];
  if (values.config === undefined) throw new Error(`--config is missing\n${usage}`);
  if (service === undefined) throw new Error(`--service is missing\n${usage}`);
  const section = z.looseObject({ listen: listenAddress }, "must be a section: it is not there");
  const source = readConfigSource(values.config, process.env);
  const instance = checkConfig(source, z.looseObject({ [service]: section }));
  return section.parse(instance[service]).listen;
}

async function check(address: string): Promise<void> {
  const client = dial(HealthClient, address);
  try {
    const what = `Cannot use the service at ${address}`;
    const answer = await call(client.check.bind(client), { service: "" }, { what, deadlineMs });
    if (answer.status === ServingStatus.SERVING) return;
    throw new Error(`${what}: it does not serve now`);
  } finally {
    client.close();
  }
}

// Asks one service of this machine for its health, by the address and with the certificates that
// its own configuration names. For container engines and scripts: says nothing when all is well,
// and why when it is not.
//
//   --config FILE    the YAML file of the server instance (required)
//   --service NAME   which of its services; default: the variable HOT_BACKUP_SERVICE
//
// Exit codes: 0 it serves, 1 it does not, 2 bad arguments or configuration.

import { parseArgs } from "node:util";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { z } from "zod";
import { checkConfig, readConfigSource } from "./config.ts";
import { readTls } from "./config-exposure.ts";
import { instanceFields, listenAddress } from "./config-fields.ts";
import { call, dial } from "./grpc-dial.ts";
import { type ServiceIdentity, serviceIdentity, serviceNames } from "./identity.ts";
import { openTls, type TlsSettings } from "./tls.ts";

/** A service of this machine, and how to ask it. */
interface Asked {
  readonly identity: ServiceIdentity;
  /** Where it listens. Every address, 0.0.0.0, is this machine for whoever connects. */
  readonly address: string;
  readonly tls: TlsSettings | undefined;
}

/** Less than whoever asks waits, so that the reason is told and not only that it took too long. */
const deadlineMs = 8000;

const usage = "usage: node health-check.ts --config FILE [--service NAME]";

const { server, tls, insecure } = instanceFields;
const instanceKeys = z.looseObject({ server, tls, insecure });
const section = z.looseObject({ listen: listenAddress }, "must be a section: it is not there");

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  let asked: Asked;
  try {
    asked = readAsked();
  } catch (error) {
    return complain(2, error);
  }
  try {
    await check(asked);
    return 0;
  } catch (error) {
    return complain(1, error);
  }
}

function complain<Code>(code: Code, error: unknown): Code {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return code;
}

function readAsked(): Asked {
  const options = { config: { type: "string" }, service: { type: "string" } } as const;
  const { config: file, service: named = process.env["HOT_BACKUP_SERVICE"] } = parseArgs({
    options,
  }).values;
  const service = serviceNames.find((each) => each === named);
  if (file === undefined) throw new Error(`--config is missing\n${usage}`);
  if (service === undefined) {
    throw new Error(`--service must be one of ${serviceNames.join(", ")}\n${usage}`);
  }
  const source = readConfigSource(file, process.env);
  const keys = checkConfig(source, instanceKeys);
  const { listen } = section.parse(
    checkConfig(source, z.looseObject({ [service]: section }))[service],
  );
  return {
    identity: serviceIdentity(keys.server, service),
    address: listen,
    tls: readTls(keys, file),
  };
}

// With the certificate of the service itself, which may ask everybody for health.
async function check({ identity, address, tls: settings }: Asked): Promise<void> {
  using certificates = settings === undefined ? undefined : await openTls(settings, identity);
  const client = dial(HealthClient, address, certificates?.targetOf(identity));
  try {
    const what = `Cannot use the service at ${address}`;
    const answer = await call(client.check.bind(client), { service: "" }, { what, deadlineMs });
    if (answer.status === ServingStatus.SERVING) return;
    throw new Error(`${what}: it does not serve now`);
  } finally {
    client.close();
  }
}

// What `node services/<name>/src/main.ts` does in every service, and the console: arguments,
// configuration, log, stop and exit code.
//
//   --config FILE   the YAML file of the server instance (required)
//   --check         check the configuration, say "ok" and what to beware of, and exit
//
// Exit codes: 0 stopped in good order, 1 failed while running, 2 bad arguments or configuration,
// 3 detached: it has ended to make room for its successor, which is wanted at once.

import { parseArgs } from "node:util";
import { ConfigError } from "./config.ts";
import { Failure } from "./errors.ts";
import { armFailpoints } from "./failpoint.ts";
import { type ProgramName, serviceIdentity } from "./identity.ts";
import { flushLog, type Logger, type LogLevel, openLog } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { listenForMetrics } from "./metrics-listener.ts";
import { openServiceManager } from "./service-manager.ts";
import { flushSpans, nameInstance } from "./spans.ts";
import { aborted, listenForStop, outliveStraySignals } from "./stop.ts";
import { openTls, type Tls, type TlsSettings } from "./tls.ts";
import { expiryFamily } from "./tls-expiry.ts";

/** What every configuration has, whatever the service. */
interface AnyConfig {
  readonly server: string;
  readonly logLevel: LogLevel;
  /** What is allowed, and most likely not meant: said by a check, and in the log of every start. */
  readonly warnings?: readonly string[];
  readonly tls?: TlsSettings | undefined;
  /** Address of GET /metrics. Undefined: nobody is told. */
  readonly metricsListen?: string | undefined;
}

/** What a service is given to run. */
export interface ServiceContext<Config> {
  readonly config: Config;
  readonly log: Logger;
  /** The certificates of this service. Undefined: it talks to this machine only, or to anybody. */
  readonly tls: Tls | undefined;
  /** Where the service tells its numbers. They are read only when somebody asks. */
  readonly metrics: Metrics;
  /** Aborts when the service shall stop in good order. */
  readonly stop: AbortSignal;
  /** To be called when the service serves: what waits for it at the start of a machine goes on. */
  readonly tellReady: () => void;
}

/** How a run can end without a failure. Nothing said: it has stopped. */
export type Ending = "stopped" | "detached";

/** Runs one service from its command line. Sets the exit code; never returns a rejected promise. */
export async function runService<Config extends AnyConfig>(service: {
  readonly name: ProgramName;
  /** Signals beyond those of a stop that it listens for itself. */
  readonly ownSignals?: readonly NodeJS.Signals[];
  readConfig(file: string, environment: NodeJS.ProcessEnv): Config | Promise<Config>;
  /** Resolves when the service has stopped in good order, or is detached. */
  run(context: ServiceContext<Config>): Promise<Ending | void>;
}): Promise<void> {
  const options = readArguments(service.name);
  if (options === undefined) return;
  const read = await readConfigOrComplain(async () => {
    const config = await service.readConfig(options.config, process.env);
    const tls = await readCertificates(config, { file: options.config, name: service.name });
    return { config, tls, failpoints: armFailpoints(process.env) };
  });
  if (read === undefined) return;
  const { config, tls, failpoints } = read;
  if (options.check) {
    for (const warning of config.warnings ?? []) process.stderr.write(`warning: ${warning}\n`);
    process.stdout.write(`${options.config}: ${service.name}: ok\n`);
    return;
  }
  const log = openLog(service.name, { server: config.server, level: config.logLevel });
  if (failpoints !== undefined) log.warn({ failpoints }, "Told to die: this is for tests only");
  for (const warning of config.warnings ?? []) log.warn({ warning }, "Configuration");
  nameInstance(config.server);
  tls?.watch(log);
  const stop = listenForStop();
  outliveStraySignals({
    except: service.ownSignals ?? [],
    tell: (signal) => log.warn({ signal }, "This signal means nothing here: stop with SIGTERM"),
  });
  const { tellReady, tellStopping } = openServiceManager(process.env, log);
  void aborted(stop).then(tellStopping);
  const metrics = createMetrics({ service: service.name, server: config.server });
  const run = () => service.run({ config, log, tls, metrics, stop, tellReady });
  const code = await runToEnd(whileTelling({ config, log, tls, metrics, run }), log);
  await Promise.all([flushSpans(), flushLog(log)]);
  // Whatever still holds the event loop, an idle connection for example, must not keep the process.
  process.exit(code);
}

async function readCertificates(
  { tls, server }: AnyConfig,
  { file, name }: { file: string; name: ProgramName },
): Promise<Tls | undefined> {
  if (tls === undefined) return undefined;
  try {
    return await openTls(tls, serviceIdentity(server, name));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new ConfigError([{ where: file, key: "tls.directory", message: error.message }]);
  }
}

// First the address: a service that cannot tell what it was told to tell does not begin.
async function whileTelling(given: {
  config: AnyConfig;
  log: Logger;
  tls: Tls | undefined;
  metrics: Metrics;
  run: () => Promise<Ending | void>;
}): Promise<Ending | void> {
  const { config, log, tls, metrics, run } = given;
  if (config.metricsListen === undefined) return run();
  metrics.add(expiryFamily(tls));
  const listener = await listenForMetrics(config.metricsListen, { metrics, log, tls });
  log.info({ address: listener.address }, "Metrics are told");
  try {
    return await run();
  } finally {
    await listener.close();
  }
}

async function runToEnd(running: Promise<Ending | void>, log: Logger): Promise<0 | 1 | 3> {
  try {
    const isDetached = (await running) === "detached";
    log.info(isDetached ? "Detached" : "Stopped");
    return isDetached ? 3 : 0;
  } catch (error) {
    log.fatal({ err: error }, "Failed");
    return 1;
  }
}

function readArguments(name: ProgramName): { config: string; check: boolean } | undefined {
  const folder = name === "console" ? "clients" : "services";
  const usage = `usage: node ${folder}/${name}/src/main.ts --config FILE [--check]`;
  try {
    const { values } = parseArgs({
      options: { config: { type: "string" }, check: { type: "boolean", default: false } },
    });
    if (values.config !== undefined) return { config: values.config, check: values.check };
    process.stderr.write(`--config is missing\n${usage}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  }
  process.exitCode = 2;
  return undefined;
}

async function readConfigOrComplain<Config>(
  read: () => Config | Promise<Config>,
): Promise<Config | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return undefined;
  }
}

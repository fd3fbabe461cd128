// Whether a definition of a request may be stored. Field paths are those of the request.

import { channelNamePattern } from "@hot-backup/kit/config-fields.ts";
import {
  bounds,
  type Definition,
  environmentNamePattern,
  type ReadinessCheck,
  reservedEnvironmentPrefix,
  stopSignals,
} from "../core/definition.ts";
import { isHttpUrl, isTcpAddress } from "../core/readiness-address.ts";
import type { Input } from "./input.ts";

/** Notes everything that is wrong with a definition. */
export function checkDefinition(input: Input, definition: Definition): void {
  const { name, protectedBy, stop, restart, readiness } = definition;
  const isName = channelNamePattern.test(name);
  input.require(isName, "definition.name", "must be 1 to 63 characters of [a-z0-9._-]");
  if (protectedBy !== undefined) input.serverId(protectedBy, "definition.protected_by");
  const isSmall = Buffer.byteLength(JSON.stringify(definition)) <= bounds.definitionBytesMax;
  input.require(
    isSmall,
    "definition",
    `must be at most ${bounds.definitionBytesMax} bytes as JSON`,
  );
  checkProgram(input, definition);
  checkReadiness(input, readiness.check);
  const { timeoutMs, intervalMs } = readiness;
  input.number(timeoutMs, "definition.readiness.timeout", bounds.readinessTimeoutMs);
  input.number(intervalMs, "definition.readiness.interval", bounds.readinessIntervalMs);
  const isSignal = stopSignals.some((each) => each === stop.signal);
  input.require(isSignal, "definition.stop.signal", `must be one of ${stopSignals.join(", ")}`);
  input.number(stop.timeoutMs, "definition.stop.timeout", bounds.stopTimeoutMs);
  const isCount = restart.attemptsMax <= bounds.attemptsMax;
  const attemptsField = "definition.restart.attempts_max";
  input.require(isCount, attemptsField, `must be at most ${bounds.attemptsMax}`);
  input.number(restart.backoffMs, "definition.restart.backoff", bounds.backoffMs);
  input.number(restart.backoffMaxMs, "definition.restart.backoff_max", bounds.backoffMs);
  input.number(restart.stableAfterMs, "definition.restart.stable_after", bounds.stableAfterMs);
}

function checkProgram(input: Input, { runtime }: Definition): void {
  const { command, environment, workingDirectory, user } = runtime;
  checkCommand(input, command, "definition.process.command");
  const field = "definition.process.environment";
  const entries = Object.entries(environment);
  const { environmentEntriesMax } = bounds;
  const isFew = entries.length <= environmentEntriesMax;
  input.require(isFew, field, `must have at most ${environmentEntriesMax} entries`);
  for (const [name, text] of entries.slice(0, environmentEntriesMax)) {
    const isName = environmentNamePattern.test(name) && !name.startsWith(reservedEnvironmentPrefix);
    input.require(isName, `${field}[${name}]`, "must be a variable name outside HOT_BACKUP_");
    input.programText(text, `${field}[${name}]`);
  }
  input.programText(workingDirectory, "definition.process.working_directory");
  const isUser = /^[A-Za-z0-9._-]{0,63}$/.test(user);
  input.require(isUser, "definition.process.user", "must be a user name or id");
}

function checkCommand(input: Input, command: readonly string[], field: string): void {
  const { commandEntriesMax } = bounds;
  const isCommand = command.length <= commandEntriesMax && command[0] !== undefined;
  const hasProgram = isCommand && command[0] !== "";
  input.require(hasProgram, field, `must be a program and up to ${commandEntriesMax} arguments`);
  for (const [index, text] of command.slice(0, commandEntriesMax).entries()) {
    input.programText(text, `${field}[${index}]`);
  }
}

function checkReadiness(input: Input, check: ReadinessCheck): void {
  switch (check.kind) {
    case "none":
      return;
    case "tcp": {
      const isAddress = isTcpAddress(check.address);
      input.require(isAddress, "definition.readiness.tcp.address", "must be host:port");
      return;
    }
    case "http": {
      const isUrl = isHttpUrl(check.url);
      input.require(isUrl, "definition.readiness.http.url", "must be an http or https address");
      return;
    }
    case "command":
      checkCommand(input, check.command, "definition.readiness.command.command");
      return;
  }
}

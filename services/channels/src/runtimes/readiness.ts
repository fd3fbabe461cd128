// Readiness checks: a TCP connection, an HTTP answer, or a command, repeated until one succeeds or
// the time is over.

import { spawn } from "node:child_process";
import { connect } from "node:net";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { Definition, ReadinessCheck } from "../core/definition.ts";
import type { Probe } from "../ports.ts";
import { checkRunId, type ProgramSettings, programOptions } from "./environment.ts";
import { signalGroup } from "./processes.ts";

/** Longest wait for one check; a service that takes longer to answer is not ready. */
const oneCheckMsMax = 5_000;

/** Checks run from this service; commands run with the user and environment of the channel. */
export function openProbe(settings: ProgramSettings & { nowMs: () => number }): Probe {
  return {
    await: async (readiness, { definition, signal }) => {
      const endMs = settings.nowMs() + readiness.timeoutMs;
      const run = checker(readiness.check, { definition, settings });
      let last = "no check has ended";
      while (!signal.aborted) {
        const leftMs = endMs - settings.nowMs();
        if (leftMs <= 0) return `not ready after ${readiness.timeoutMs} ms: ${last}`;
        const one = AbortSignal.any([
          signal,
          AbortSignal.timeout(Math.ceil(Math.min(leftMs, oneCheckMsMax))),
        ]);
        const problem = await run(one).catch((error: unknown) => describe(error));
        if (problem === undefined) return undefined;
        last = problem;
        await sleep(Math.min(readiness.intervalMs, Math.max(0, endMs - settings.nowMs())), signal);
      }
      return "it was stopped";
    },
  };
}

type Check = (signal: AbortSignal) => Promise<string | undefined>;

function checker(
  check: ReadinessCheck,
  channel: { definition: Definition; settings: ProgramSettings },
): Check {
  switch (check.kind) {
    case "none":
      return async () => undefined;
    case "tcp":
      return (signal) => checkTcp(check.address, signal);
    case "http":
      return (signal) => checkHttp(check.url, signal);
    case "command":
      return (signal) => checkCommand(check.command, { ...channel, signal });
  }
}

function checkTcp(address: string, signal: AbortSignal): Promise<string | undefined> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)) });
    const end = (problem: string | undefined) => {
      signal.removeEventListener("abort", late);
      socket.destroy();
      resolve(problem);
    };
    const late = () => end(`${address} does not answer`);
    signal.addEventListener("abort", late, { once: true });
    socket.once("connect", () => end(undefined));
    socket.once("error", (error) => end(describe(error)));
  });
}

async function checkHttp(url: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch(url, { signal, redirect: "manual" });
  await response.body?.cancel();
  const isReady = response.status >= 200 && response.status < 400;
  return isReady ? undefined : `${url} answers with status ${response.status}`;
}

// Asynchronous from its first line: a folder or a user that is gone is an outcome, not an error.
async function checkCommand(
  command: readonly string[],
  how: { definition: Definition; settings: ProgramSettings; signal: AbortSignal },
): Promise<string | undefined> {
  const [program = "", ...rest] = command;
  const { definition } = how;
  const options = programOptions(how.settings, { definition, order: undefined, runId: checkRunId });
  return new Promise((resolve) => {
    const child = spawn(program, rest, { ...options, detached: true, stdio: "ignore" });
    const kill = () => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    };
    how.signal.addEventListener("abort", kill, { once: true });
    const end = (problem: string | undefined) => {
      how.signal.removeEventListener("abort", kill);
      resolve(problem);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => {
      kill();
      end(code === 0 ? undefined : `${program} ended with ${signal ?? `code ${code}`}`);
    });
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

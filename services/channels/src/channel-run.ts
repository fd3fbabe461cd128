// One run of a channel from its launch to its end, told as events. It decides nothing, and throws
// nothing at those who tell it what has happened.

import type { Clock } from "@hot-backup/kit/clock.ts";
import type { ChannelEffect, RunEvent } from "./core/channel-state.ts";
import { traceStart } from "./order-trace.ts";
import type { ChannelLogs, Probe, Run, Runtime } from "./ports.ts";

export interface RunContext {
  readonly clock: Pick<Clock, "wallMs">;
  readonly runtime: Runtime;
  readonly probe: Probe;
  readonly logs: ChannelLogs;
  /** Takes what has become of the run. Never throws, never loses it. */
  report(event: RunEvent): void;
  /** The run is over: nothing can be asked of it any more. */
  forget(): void;
}

/** Starts one run. */
export function launchRun(
  effect: Extract<ChannelEffect, { type: "launch" }>,
  context: RunContext,
): Run {
  const { definition, run, order, killAtMs } = effect;
  const trace = traceStart(effect, context.clock);
  const { report } = context;
  const output = context.logs.of(definition.name);
  const ended = new AbortController();
  const awaitReadiness = async () => {
    const problem = await findProblem(context.probe, { definition, signal: ended.signal });
    if (ended.signal.aborted) return;
    trace?.end(problem ?? "");
    if (problem === undefined) report({ type: "channel_ready", run });
    else report({ type: "readiness_failed", run, reason: problem, lastLines: output.lastLines() });
  };
  return context.runtime.launch(
    { definition, order, traceparent: trace?.traceparent, killAtMs },
    {
      onRunning: (pid) => {
        report({ type: "program_running", run, pid });
        if (definition.readiness.check.kind !== "none") return void awaitReadiness();
        trace?.end("");
        report({ type: "channel_ready", run });
      },
      onGone: (reason) => {
        ended.abort();
        trace?.end(reason);
        context.forget();
        output.endLines();
        output.note(`The program is gone: ${reason}`);
        report({ type: "program_gone", run, reason, lastLines: output.lastLines() });
      },
      onOutput: (source, bytes) => output.write(source, bytes),
    },
  );
}

// A check that cannot be made is a channel that is not ready, and no end of this service.
async function findProblem(
  probe: Probe,
  channel: Parameters<Probe["await"]>[1],
): Promise<string | undefined> {
  try {
    return await probe.await(channel.definition.readiness, channel);
  } catch (error) {
    return `cannot be checked: ${error instanceof Error ? error.message : String(error)}`;
  }
}

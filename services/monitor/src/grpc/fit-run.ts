// Makes one run small enough to arrive: a run keeps the errors and the last output of every channel
// that failed, of which there may be thousands, and a client takes no more than 4 MiB.

import type { ChannelResult } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Run, type Step } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";

/** Far below the limit of clients. */
export const runBytesMax = 1024 * 1024;

/** Enough to see what is wrong, once there is no room for all of it. */
const textMax = 200;

/** Channels of each step, where they would be too many: 50 steps of these stay below the limit. */
const channelsMax = 30;

/** At most what stands before a field of bytes: its tag, and its length. */
const frameBytes = 8;

/** At most what a channel has beside its texts. */
const otherBytes = 64;

/** What is given up, one after the other, until the run fits. */
const sacrifices: readonly ((step: Step) => Step)[] = [dropOutput, shortenErrors, dropChannels];

export function fitRun(run: Run): Run {
  let fitted = run;
  for (const give of sacrifices) {
    if (!isTooLarge(fitted)) break;
    fitted = { ...fitted, steps: fitted.steps.map(give) };
  }
  return fitted;
}

// To encode what may be a hundred times too large would keep the monitor from its heartbeats for
// seconds: the channels are counted one by one, no further than the maximum, and never too low.
function isTooLarge(run: Run): boolean {
  const steps = run.steps.map((step) => ({ ...step, channels: [], lastError: "" }));
  let bytes = Run.encode({ ...run, steps }).finish().length;
  for (const { channels, lastError } of run.steps) {
    bytes += fieldBytes(lastError);
    for (const channel of channels) {
      bytes += channelBytes(channel);
      if (bytes > runBytesMax) return true;
    }
  }
  return bytes > runBytesMax;
}

function channelBytes({ lastLines, ...rest }: ChannelResult): number {
  const strings = [rest.name, rest.error, rest.reason, ...lastLines];
  return strings.reduce((sum, text) => sum + fieldBytes(text), otherBytes);
}

function fieldBytes(text: string): number {
  return Buffer.byteLength(text) + frameBytes;
}

function dropOutput(step: Step): Step {
  if (step.channels.every(({ lastLines }) => lastLines.length === 0)) return step;
  const channels = step.channels.map((each) => ({ ...each, lastLines: [] }));
  return { ...step, channels, shortened: true };
}

function shortenErrors(step: Step): Step {
  const channels = step.channels.map((each) => ({ ...each, error: cut(each.error) }));
  return { ...step, channels, lastError: cut(step.lastError), shortened: true };
}

function dropChannels(step: Step): Step {
  if (step.channels.length <= channelsMax) return step;
  const failed = (each: ChannelResult) => !each.ok;
  const sound = (each: ChannelResult) => each.ok;
  const channels = [...step.channels.filter(failed), ...step.channels.filter(sound)];
  const channelsOmitted = channels.length - channelsMax;
  return { ...step, channels: channels.slice(0, channelsMax), channelsOmitted };
}

function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax - 1)}…`;
}

// Every service of a profile, asked again and again, each at its own pace: one that is stuck makes
// none of the others look old.

import { sleep } from "@hot-backup/kit/stop.ts";
import type { Services } from "../services.ts";
import {
  askChannels,
  askMail,
  askMonitor,
  emptyOverview,
  emptySource,
  type Overview,
} from "../status/gather.ts";

/** What is known so far; it changes with every answer. */
export interface WatchedSources {
  readonly overview: Overview;
  /** Resolves when nobody is asked any more: after the signal has aborted. */
  readonly ended: Promise<unknown>;
}

/** What an answer changes: its own part of what is known when it is there. */
type Change = (now: Overview) => Overview;

/** Asks until the signal aborts. `onNews` is called after each answer, or lack of one. */
export function watchSources(
  services: Services,
  options: { everyMs: number; stop: AbortSignal; onNews: () => void },
): WatchedSources {
  const { everyMs, stop, onNews } = options;
  let overview = emptyOverview(services);
  const repeat = async (ask: () => Promise<Change>) => {
    while (!stop.aborted) {
      const change = await ask();
      overview = change(overview);
      onNews();
      await sleep(everyMs, stop);
    }
  };
  const loops: Promise<void>[] = [];
  for (const monitor of services.monitors) {
    const { address } = monitor;
    const ask = async () => {
      const before = overview.monitors.get(address) ?? emptySource(address);
      const source = await askMonitor(monitor, before);
      return (now: Overview) => ({ ...now, monitors: new Map(now.monitors).set(address, source) });
    };
    loops.push(repeat(ask));
  }
  for (const [server, empty] of overview.channels) {
    const ask = async () => {
      const before = overview.channels.get(server) ?? empty;
      const source = await askChannels(services, { server, source: before });
      return (now: Overview) => ({ ...now, channels: new Map(now.channels).set(server, source) });
    };
    loops.push(repeat(ask));
  }
  const { mail: emptyMail } = overview;
  if (emptyMail !== undefined) {
    const ask = async () => {
      const mail = await askMail(services, overview.mail ?? emptyMail);
      return (now: Overview) => ({ ...now, mail });
    };
    loops.push(repeat(ask));
  }
  return {
    get overview() {
      return overview;
    },
    ended: Promise.all(loops),
  };
}

// `watch`: the overview, live, on a terminal of 80 columns or more; with --json each server when it
// changes. What nobody tells any more becomes UNKNOWN while one looks.

import { follow } from "@hot-backup/client/follow.ts";
import { listenForStop } from "@hot-backup/kit/stop.ts";
import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { misuse } from "../complaint.ts";
import { parseCount } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import type { Session } from "../session.ts";
import { ageMs } from "../status/source.ts";
import type { Overview } from "../status/gather.ts";
import { printStatus } from "../status/status-page.ts";
import { printSpan } from "../text/ages.ts";
import type { Paint } from "../text/paint.ts";
import { Screen } from "../watch/screen.ts";
import { watchSources } from "../watch/watch-sources.ts";

/** Often enough that an age is told to a quarter of a second. */
const drawEveryMs = 250;

const intervalMsMax = 60_000;

/** Below this an age is no news: every answer is a little old. */
const newMs = 1000;

export const addWatch: AddCommand = (program, run) => {
  program
    .command("watch")
    .description("the same as status, live; q or Ctrl-C ends it")
    .option("--interval <ms>", "between two questions", parseCount(intervalMsMax), 500)
    .action((options: { interval: number }) =>
      run((session) =>
        session.output.isJson ? followServers(session) : watch(session, options.interval),
      ),
    );
};

async function watch(session: Session, everyMs: number): Promise<undefined> {
  const { services, output, surroundings } = session;
  const { stdin, stdout } = surroundings;
  if (!output.isTerminal || !stdin.isTTY) {
    throw misuse(
      "Cannot watch: this is no terminal",
      "use hot-backup status, or hot-backup watch --json for programs",
    );
  }
  using keys = listenForKeys(stdin);
  const stop = AbortSignal.any([listenForStop(), keys.quit]);
  using screen = new Screen(stdout);
  const draw = () => {
    const nowMs = performance.now();
    const { overview } = sources;
    const heading = printHeading(overview, {
      name: services.profile.name,
      paint: output.paint,
      nowMs,
    });
    screen.draw([heading, "", ...printStatus(overview, { paint: output.paint, nowMs })]);
  };
  const sources = watchSources(services, { everyMs, stop, onNews: draw });
  // Without an answer things grow old all the same.
  const timer = setInterval(draw, drawEveryMs);
  try {
    await sources.ended;
  } finally {
    clearInterval(timer);
  }
}

function printHeading(
  { monitors, channels, mail }: Overview,
  { name, paint, nowMs }: { name: string; paint: Paint; nowMs: number },
): string {
  const sources = [
    ...monitors.values(),
    ...channels.values(),
    ...(mail === undefined ? [] : [mail]),
  ];
  const ages = sources.map((each) => ageMs(each, nowMs) ?? Number.POSITIVE_INFINITY);
  const oldestMs = Math.max(...ages);
  const age =
    oldestMs < newMs ? "new" : `at most ${printSpan(Math.floor(oldestMs / newMs) * newMs)} old`;
  const told = oldestMs === Number.POSITIVE_INFINITY ? "not all told yet" : age;
  return paint("heading", `hot-backup, profile ${name}: ${told}. q quits`);
}

/** The keys of the terminal, one at a time and unseen, and the way back. */
function listenForKeys(stdin: NodeJS.ReadStream): Disposable & { readonly quit: AbortSignal } {
  const quit = new AbortController();
  const take = (typed: Buffer) => {
    // Ctrl-C is a character in this mode.
    const keys = typed.toString("latin1");
    if (["q", "Q", "\u0003"].some((each) => keys.includes(each))) quit.abort();
  };
  stdin.setRawMode(true);
  stdin.on("data", take);
  return {
    quit: quit.signal,
    [Symbol.dispose]: () => {
      stdin.off("data", take);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

async function followServers({ services, output }: Session): Promise<undefined> {
  const tell = (server: Server) => output.entry(Server.toJSON(server));
  const stop = listenForStop();
  const follows = services.monitors.map(({ client }) =>
    follow(client.watchServers({ serverId: "" }), {
      what: "Cannot watch the servers",
      stop,
      onData: ({ event }) => {
        if (event?.$case === "snapshot") event.value.servers.forEach(tell);
        if (event?.$case === "changed") tell(event.value);
      },
    }),
  );
  await Promise.all(follows);
}

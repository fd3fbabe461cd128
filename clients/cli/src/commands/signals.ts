// `signals`: what was declared, newest first; with --follow oldest first, and then each new one as
// it comes, exactly once, across outages of the monitor.

import { follow } from "@hot-backup/client/follow.ts";
import { listAll } from "@hot-backup/client/pages.ts";
import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { listenForStop, sleep } from "@hot-backup/kit/stop.ts";
import {
  type MonitorServiceClient,
  SignalRecord,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { ExitCode } from "../exit-code.ts";
import { limitOption, serverOption } from "../fields.ts";
import { askMonitors, tellEntries, toldBy } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { type MonitorAt, read } from "../services.ts";
import type { Session } from "../session.ts";
import { printInstant } from "../text/ages.ts";
import type { Paint } from "../text/paint.ts";
import { printable } from "../text/printable.ts";
import { printTable } from "../text/table.ts";
import { signalWord } from "../text/words.ts";

/** What was asked for. */
interface SignalsOptions {
  readonly server?: string;
  readonly limit: number;
  readonly follow?: true;
}

/** Between two attempts to reach a monitor that was there before. */
const againMs = 1000;

export const addSignals: AddCommand = (program, run) => {
  program
    .command("signals")
    .description("LIVE, DEAD and CLOSE as they were declared, each with its reason")
    .addOption(serverOption())
    .addOption(limitOption())
    .option("-f, --follow", "oldest first, and go on with new ones until Ctrl-C")
    .action((options: SignalsOptions) =>
      run((session) => (options.follow ? followSignals : listSignals)(session, options)),
    );
};

function listSignals(session: Session, options: SignalsOptions): Promise<ExitCode> {
  return tellEntries(session, {
    key: "signals",
    read: (client) => readSignals(client, options),
    toJson: (each) => SignalRecord.toJSON(each),
    print: (signals, monitor) => [
      ...toldBy(session, monitor),
      ...printSignals(signals, session.output.paint),
    ],
  });
}

function printSignals(signals: readonly SignalRecord[], paint: Paint): string[] {
  const rows = signals.map(({ signalId, at, signal, serverId, term, because }) => [
    String(signalId),
    printInstant(at),
    signalWord(signal),
    serverId,
    String(term),
    because,
  ]);
  return printTable(["ID", "AT", "SIGNAL", "SERVER", "TERM", "BECAUSE"], rows, paint);
}

function readSignals(
  client: MonitorServiceClient,
  { server: serverId = "", limit }: SignalsOptions,
): Promise<SignalRecord[]> {
  return listAll(async (page) => {
    const request = { serverId, ...page };
    const answer = await read(client.listSignals.bind(client), request, "Cannot list signals");
    return { entries: answer.signals, nextPageToken: answer.nextPageToken };
  }, limit);
}

// A monitor that does not answer at first ends the command: nobody is to wait for signals of
// servers that he believes to be watched.
async function followSignals(session: Session, options: SignalsOptions): Promise<undefined> {
  const { services, output } = session;
  const stop = listenForStop();
  const tell = (signal: SignalRecord) => {
    if (output.isJson) output.entry(SignalRecord.toJSON(signal));
    else output.lines([printSignal(signal, output)]);
  };
  const { answers, silences } = await askMonitors(services, (client) =>
    readSignals(client, options),
  );
  const [silence] = silences;
  if (silence !== undefined) throw silence.complaint;
  for (const { value } of answers) for (const signal of value.toReversed()) tell(signal);
  const follows = answers.map(({ monitor, value }) => {
    const after = value[0]?.signalId ?? 0n;
    return followMonitor(session, monitor, { server: options.server, after, stop, tell });
  });
  await Promise.all(follows);
}

// One that goes away later is waited for: the stream goes on after the last signal, so that nothing
// is lost by waiting.
async function followMonitor(
  { output }: Session,
  { address, client }: MonitorAt,
  given: {
    server: string | undefined;
    after: bigint;
    stop: AbortSignal;
    tell: (signal: SignalRecord) => void;
  },
): Promise<void> {
  const { server: serverId = "", stop, tell } = given;
  let last = given.after;
  let isLost = false;
  while (!stop.aborted) {
    try {
      await follow(client.watchSignals({ serverId, afterSignalId: last }), {
        what: `Cannot follow the signals of the monitor at ${address}`,
        stop,
        onData: ({ signal }) => {
          isLost = false;
          if (signal === undefined) return;
          last = signal.signalId;
          tell(signal);
        },
      });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (!error.isRetryable && error.reason !== "SLOW_READER") throw error;
      if (!isLost)
        output.beside([printable(`${inPlainWords(error.message)}; trying again until Ctrl-C`)]);
      isLost = true;
    }
    await sleep(againMs, stop);
  }
}

function printSignal(signal: SignalRecord, { paint }: Session["output"]): string {
  const word = signalWord(signal.signal);
  const name = paint(word.style, word.text.padEnd(5));
  const rest = printable(`${signal.serverId}  term ${signal.term}  ${signal.because}`);
  return `${printInstant(signal.at)}  ${name}  ${rest}`;
}

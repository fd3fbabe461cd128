// `signals`: what was declared, newest first; with --follow oldest first, and then each new one as
// it comes, exactly once, across outages of the monitor.

import { follow } from "@hot-backup/client/follow.ts";
import { listAll } from "@hot-backup/client/pages.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { listenForStop, sleep } from "@hot-backup/kit/stop.ts";
import { SignalRecord } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { limitOption, serverOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printInstant } from "../text/ages.ts";
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

async function listSignals(session: Session, options: SignalsOptions): Promise<undefined> {
  const { output } = session;
  const signals = await readSignals(session, options);
  if (output.isJson) {
    output.document({ signals: signals.map((each) => SignalRecord.toJSON(each)) });
    return undefined;
  }
  const rows = signals.map(({ signalId, at, signal, serverId, term, because, traceId }) => [
    String(signalId),
    printInstant(at),
    signalWord(signal),
    serverId,
    String(term),
    because,
    traceId || "-",
  ]);
  const heading = ["ID", "AT", "SIGNAL", "SERVER", "TERM", "BECAUSE", "TRACE"];
  output.lines(printTable(heading, rows, output.paint));
}

function readSignals({ services }: Session, options: SignalsOptions): Promise<SignalRecord[]> {
  const { monitor } = services;
  return listAll(async (page) => {
    const request = { serverId: options.server ?? "", ...page };
    const answer = await read(monitor.listSignals.bind(monitor), request, "Cannot list signals");
    return { entries: answer.signals, nextPageToken: answer.nextPageToken };
  }, options.limit);
}

// A monitor that does not answer at first ends the command. One that goes away later is waited for:
// the stream goes on after the last signal, so that nothing is lost by waiting.
async function followSignals(session: Session, options: SignalsOptions): Promise<undefined> {
  const { output, services } = session;
  const stop = listenForStop();
  let last = 0n;
  const tell = (signal: SignalRecord) => {
    last = signal.signalId;
    if (output.isJson) output.entry(SignalRecord.toJSON(signal));
    else output.lines([printSignal(signal, output)]);
  };
  const told = await readSignals(session, options);
  for (const signal of told.toReversed()) tell(signal);
  let isLost = false;
  while (!stop.aborted) {
    const request = { serverId: options.server ?? "", afterSignalId: last };
    try {
      await follow(services.monitor.watchSignals(request), {
        what: "Cannot follow the signals",
        stop,
        onData: ({ signal }) => {
          isLost = false;
          if (signal !== undefined) tell(signal);
        },
      });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (!error.isRetryable && error.reason !== "SLOW_READER") throw error;
      if (!isLost) output.beside([printable(`${error.message}; trying again until Ctrl-C`)]);
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

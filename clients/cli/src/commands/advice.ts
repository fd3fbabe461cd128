// `advice`: which threshold the heartbeats of a server ask for.

import {
  ExplainServerRequest,
  ThresholdAdvice,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { InvalidArgumentError } from "commander";
import { parseServer } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printAdvice } from "../text/advice-page.ts";

interface AdviceOptions {
  readonly perYear: number;
}

export const addAdvice: AddCommand = (program, run) => {
  program
    .command("advice")
    .description("which threshold the measured heartbeats of a server ask for")
    .argument("<server>", "id of the server", parseServer)
    .option("--per-year <count>", "false DEAD a year that are acceptable", parseRate, 1)
    .action((server: string, options: AdviceOptions) =>
      run((session) => advise(session, server, options)),
    );
};

async function advise(
  { services, output }: Session,
  serverId: string,
  { perYear }: AdviceOptions,
): Promise<undefined> {
  const { client } = await monitorOf(services, serverId);
  const request = ExplainServerRequest.fromPartial({ serverId, falseDeadPerYear: perYear });
  const what = `Cannot advise a threshold of ${serverId}`;
  const { advice } = await read(client.explainServer.bind(client), request, what);
  const told = advice ?? ThresholdAdvice.create();
  if (output.isJson) output.document(ThresholdAdvice.toJSON(told));
  else output.lines(printAdvice(told, output.paint));
}

function parseRate(text: string): number {
  const perYear = Number(text);
  if (text.trim() !== "" && perYear >= 0.001 && perYear <= 1_000_000) return perYear;
  throw new InvalidArgumentError("It must be a number from 0.001 to 1000000.");
}

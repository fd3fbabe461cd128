// `drills`: those that were, and the one that goes on, with what they measured.

import { listAll } from "@hot-backup/client/pages.ts";
import { Drill } from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { limitOption, serverOption } from "../fields.ts";
import { tellEntries, toldBy } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import { printDrills } from "../text/drill-page.ts";

/** What was asked for. */
interface DrillsOptions {
  readonly server?: string;
  readonly limit: number;
}

export const addDrills: AddCommand = (program, run) => {
  program
    .command("drills")
    .description("drills that were, and the one that goes on, with what they measured")
    .addOption(serverOption())
    .addOption(limitOption())
    .action(({ server: serverId = "", limit }: DrillsOptions) =>
      run((session) =>
        tellEntries(session, {
          key: "drills",
          read: (client) =>
            listAll(async (page) => {
              const list = client.listDrills.bind(client);
              const answer = await read(list, { serverId, ...page }, "Cannot list drills");
              return { entries: answer.drills, nextPageToken: answer.nextPageToken };
            }, limit),
          toJson: (each) => Drill.toJSON(each),
          print: (drills, monitor) => [
            ...toldBy(session, monitor),
            ...printDrills(drills, session.output.paint),
          ],
        }),
      ),
    );
};

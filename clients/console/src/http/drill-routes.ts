// Drills of a watched server: those that were, and a new one. The monitor runs a drill; whoever
// asked for it sees how it goes on in the list.

import { follow } from "@hot-backup/client/follow.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { Drill, RunDrillRequest } from "@hot-backup/proto/hotbackup/v1/drill.ts";
import type { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { z } from "zod";
import { drillKindOf, toDrillObjective, toDrillView } from "../convert/drill-view.ts";
import type { DrillView } from "../view/drill.ts";
import type { ListPage } from "../view/signal.ts";
import { tellAction } from "./audit.ts";
import { decideWithinMs, readWithinMs } from "./deadlines.ts";
import type { App, Workplace } from "./env.ts";
import { operatorsOnly, personOf } from "./guards.ts";
import { listQuery, readBody, readQuery, readServer, reason, serverFilter } from "./input.ts";
import { askedMonitor } from "./monitor-routes.ts";

const hourMs = 3_600_000;
const spanMessage = "must be milliseconds from 1 ms to 1 h";
const spanMs = z.number(spanMessage).min(1, spanMessage).max(hourMs, spanMessage).optional();

const drillBody = z.strictObject({
  reason,
  kind: z.enum(["SWITCHOVER", "SILENCE", "SHADOW"]),
  objective: z.strictObject({ detectionMs: spanMs, startMs: spanMs, handoverMs: spanMs }),
});

export function addDrillRoutes(app: App, workplace: Workplace): void {
  const query = listQuery({ server: serverFilter });
  app.get("/api/monitors/:monitor/drills", async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const { server: serverId = "", page: pageToken, size: pageSize } = readQuery(asked, query);
    const options = { what: "Cannot list drills", deadlineMs: readWithinMs };
    const request = { serverId, pageToken, pageSize };
    const told = await call(monitor.listDrills.bind(monitor), request, options);
    const entries = told.drills.map((each) => toDrillView(each, heard()));
    return asked.json({ entries, nextPage: told.nextPageToken } satisfies ListPage<DrillView>);
  });
  app.post("/api/monitors/:monitor/servers/:server/drill", operatorsOnly, async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const serverId = readServer(asked, "server");
    const { reason: why, kind, objective } = await readBody(asked, drillBody);
    const { name } = personOf(asked);
    const request = {
      serverId,
      actor: { name, reason: why },
      kind: drillKindOf(kind),
      objective: toDrillObjective(objective),
    };
    const told = { name, action: `drill ${kind}`, subject: serverId };
    const isShadow = kind === "SHADOW";
    const drill = await tellAction(workplace.log, told, () =>
      begin(monitor, request, { isShadow }),
    );
    return asked.json(toDrillView(drill, heard()));
  });
}

// A shadow is over at once, and its end is what was asked for. Of the others the beginning is
// enough: the gateway leaves, and the drill goes on.
async function begin(
  monitor: MonitorServiceClient,
  request: RunDrillRequest,
  { isShadow }: { isShadow: boolean },
): Promise<Drill> {
  const what = `Cannot drill ${request.serverId}`;
  const seen = new AbortController();
  let drill: Drill | undefined;
  const stream = monitor.runDrill(request, { deadline: Date.now() + decideWithinMs });
  await follow(stream, {
    what,
    stop: seen.signal,
    onData: (response) => {
      drill = response.drill ?? drill;
      if (!isShadow) seen.abort();
    },
  });
  if (drill === undefined) throw new Error(`${what}: the answer has no drill`);
  return drill;
}

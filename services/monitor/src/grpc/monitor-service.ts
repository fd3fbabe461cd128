// MonitorService, put together from its parts.

import type { Served } from "@hot-backup/kit/grpc-serve.ts";
import {
  type MonitorServiceServer,
  MonitorServiceService,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { readProtected } from "../convert.ts";
import { Drills } from "../drills.ts";
import type { Monitor } from "../monitor.ts";
import { RefusalHistory } from "../refusal-history.ts";
import type { ServerLoop } from "../server-loop.ts";
import { ServerLives } from "../server-lives.ts";
import { drillMethods } from "./drill-methods.ts";
import { explainMethod } from "./explain-method.ts";
import { flowMethod } from "./flow-method.ts";
import { type FlowNames, flowTrialMethod } from "./flow-trial.ts";
import { createHeartbeatHandler } from "./heartbeat-stream.ts";
import { LastHeartbeats } from "./last-heartbeats.ts";
import { operatorMethods } from "./operator-methods.ts";
import { pulseMethod } from "./pulse-method.ts";
import { readingMethods } from "./reading-methods.ts";
import { RefusedStreams } from "./refused-streams.ts";
import { watchingMethods } from "./watching-methods.ts";
import type { TargetFacts } from "./write-server.ts";

/** The service over a monitor that has been, or will be, started. */
export function createMonitorService(
  monitor: Monitor,
  given: { targets: TargetFacts; flowNames: FlowNames },
): Served & Pick<LastHeartbeats, "leaseLeftMs"> {
  const last = new LastHeartbeats(monitor);
  const refused = new RefusedStreams(monitor.parts);
  const refusals = monitor.keep(new RefusalHistory(monitor.parts));
  const lives = new ServerLives(monitor.parts);
  const sources = { monitor, last, refused, refusals, lives, targets: given.targets };
  const channelsOf = (server: ServerLoop) => last.of(server)?.channels.map(readProtected) ?? [];
  const drills = monitor.keep(new Drills(monitor, channelsOf));
  const implementation: MonitorServiceServer = {
    streamHeartbeats: createHeartbeatHandler(monitor, { last, refused, refusals, lives }),
    ...readingMethods(sources),
    ...watchingMethods(sources),
    ...explainMethod(sources),
    ...operatorMethods(sources),
    ...drillMethods({ ...sources, drills, channelsOf }),
    ...flowMethod(sources),
    ...pulseMethod(sources),
    ...flowTrialMethod(sources, given.flowNames),
  };
  const leaseLeftMs = (server: ServerLoop) => last.leaseLeftMs(server);
  return { definition: MonitorServiceService, implementation, leaseLeftMs };
}

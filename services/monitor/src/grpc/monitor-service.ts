// MonitorService, put together from its parts.

import type { Served } from "@hot-backup/kit/grpc-serve.ts";
import {
  type MonitorServiceServer,
  MonitorServiceService,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { readProtected } from "../convert.ts";
import { Drills } from "../drills.ts";
import type { ServerFacts } from "../metrics.ts";
import type { Monitor } from "../monitor.ts";
import { RefusalHistory } from "../refusal-history.ts";
import type { ServerLoop } from "../server-loop.ts";
import { ServerLives } from "../server-lives.ts";
import type { ReadinessPolicy, StandbyChecks } from "../standby-ports.ts";
import { StandbyWatch } from "../standby-watch.ts";
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

/** How readiness is looked at. Absent: nobody looks. */
type GivenReadiness = { checks: StandbyChecks; policy: ReadinessPolicy } | undefined;

/** The service over a monitor that has been, or will be, started. */
export function createMonitorService(
  monitor: Monitor,
  given: { targets: TargetFacts; flowNames: FlowNames; readiness?: GivenReadiness },
): Served & ServerFacts {
  const last = new LastHeartbeats(monitor);
  const refused = new RefusedStreams(monitor.parts);
  const refusals = monitor.keep(new RefusalHistory(monitor.parts));
  const lives = new ServerLives(monitor.parts);
  const standby =
    given.readiness &&
    monitor.keep(
      new StandbyWatch(monitor, {
        ...given.readiness,
        ownChannels: (server) => last.of(server)?.channels,
      }),
    );
  const told = { targets: given.targets, standby };
  const channelsOf = (server: ServerLoop) => last.of(server)?.channels.map(readProtected) ?? [];
  const drills = monitor.keep(new Drills(monitor, channelsOf));
  const sources = { monitor, last, refused, refusals, lives, drills, ...told };
  const implementation: MonitorServiceServer = {
    streamHeartbeats: createHeartbeatHandler(monitor, { last, refused, refusals, lives }),
    ...readingMethods(sources),
    ...watchingMethods(sources),
    ...explainMethod(sources),
    ...operatorMethods(sources),
    ...drillMethods({ ...sources, channelsOf }),
    ...flowMethod(sources),
    ...pulseMethod(sources),
    ...flowTrialMethod(sources, given.flowNames),
  };
  const facts: ServerFacts = {
    leaseLeftMs: (server) => last.leaseLeftMs(server),
    standbyProblems: ({ record }) => {
      const known = standby?.of(record.serverId);
      return known?.checkedWallMs === undefined ? undefined : known.problems.length;
    },
  };
  return { definition: MonitorServiceService, implementation, ...facts };
}

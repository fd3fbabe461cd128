// The status of the service as the contract tells it: from the core, its age and the clock.

import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  type GetHeartbeatStatusResponse,
  StreamState,
} from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import { type Identity, writeLease } from "../convert.ts";
import type { Knowledge } from "../core/knowledge.ts";
import type { Status } from "../core/status.ts";

const streamStates: Readonly<Record<Status["stream"], StreamState>> = {
  connecting: StreamState.STREAM_STATE_CONNECTING,
  open: StreamState.STREAM_STATE_OPEN,
  closing: StreamState.STREAM_STATE_CLOSING,
};

export function writeStatus(
  status: Status,
  told: { readonly identity: Identity; readonly wallMs: number },
): GetHeartbeatStatusResponse {
  const { roundTripMs, sinceAnswerMs, sinceReportMs } = status;
  const { identity } = told;
  return {
    serverId: identity.serverId,
    group: identity.group,
    lifeId: identity.lifeId,
    state: streamStates[status.stream],
    monitor: status.monitor,
    interval: toDuration(identity.intervalMs),
    sent: BigInt(status.sent),
    answered: BigInt(status.answered),
    roundTrip: roundTripMs === undefined ? undefined : toDuration(roundTripMs),
    sinceLastAnswer: sinceAnswerMs === undefined ? undefined : toDuration(sinceAnswerMs),
    streams: BigInt(status.streams),
    channelsAnswering: status.knowledge.isAnswering,
    unfitBecause: status.unfitBecause,
    lease: writeOldReport(status.knowledge, sinceReportMs ?? 0),
    lastError: status.lastError,
    monitorView: status.view,
    asOf: new Date(told.wallMs),
    sinceReport: sinceReportMs === undefined ? undefined : toDuration(sinceReportMs),
  };
}

// A lease has run on since it was reported: what is left is less by now.
function writeOldReport({ report }: Knowledge, ageMs: number): LeaseReport | undefined {
  if (report === undefined) return undefined;
  const { highest, lease } = report;
  if (lease.kind !== "held") return { highest, state: writeLease(lease) };
  const timeLeftMs = Math.max(0, lease.timeLeftMs - ageMs);
  return { highest, state: writeLease({ ...lease, timeLeftMs }) };
}

// Keeps who was refused what in the history of the server that it was about: operators with their
// reason, and heartbeat streams of those who should not be there.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { evidenceInWords, gatherEvidence } from "../core/evidence.ts";
import type { Actor } from "../core/run-record.ts";
import type { Monitor } from "../monitor.ts";
import type { RefusalHistory } from "../refusal-history.ts";
import { storeRefusal } from "../refusals.ts";
import type { ServerLoop } from "../server-loop.ts";

/** What noting a refusal needs. */
export interface RefusalSources {
  readonly monitor: Monitor;
  readonly refusals: RefusalHistory;
}

/** Does what an operator asks for, and notes it when it is refused. */
export async function noting<Result>(
  sources: RefusalSources,
  { server, actor }: { server: ServerLoop; actor: Actor },
  act: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    noteRefusal(sources, { server, actor, error });
    throw error;
  }
}

// A journal that cannot be written cannot note that either.
function noteRefusal(
  { monitor, refusals }: RefusalSources,
  given: { server: ServerLoop; actor: Actor; error: unknown },
): void {
  const { server, actor, error } = given;
  if (!(error instanceof Failure) || error.kind !== "refused") return;
  if (error.reason === storeRefusal.reason) return;
  const { serverId, term } = server.record;
  const nowMs = monitor.parts.clock.nowMs();
  const evidence = evidenceInWords(gatherEvidence(server.watched, monitor.stall, nowMs));
  const { message: text, reason: refusal } = error;
  refusals.note({ serverId, term, text, refusal, actor, evidence });
}

/** Notes a heartbeat stream that was refused, of a server that is watched. */
export function noteRefusedStream(
  { monitor, refusals }: RefusalSources,
  given: { heartbeat: Heartbeat; peer: string; failure: Failure },
): void {
  const { heartbeat, peer, failure } = given;
  const { serverId, host, holder, lifeId, group } = heartbeat;
  const server = monitor.servers.get(serverId);
  if (server === undefined) return;
  const { term } = server.record;
  const { message: text, reason: refusal } = failure;
  const name = `heartbeat service of host ${host === "" ? "(unnamed)" : host}`;
  const actor = { name, reason: "its heartbeats" };
  const evidence = `from ${peer}, group "${group}", machine "${holder}", life "${lifeId}"`;
  refusals.note({ serverId, term, text, refusal, actor, evidence });
}

// What a heartbeat service tells of itself: its stream to the monitor, and why it may not count.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { HeartbeatServiceClient } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import { toHeartbeatView } from "../convert/mail-view.ts";
import type { HeartbeatView } from "../view/pulse.ts";
import type { Link } from "./attempt.ts";
import type { SourceContext } from "./keep-source.ts";
import { answerWithinMs, repeat } from "./repeat.ts";

/** Between two questions. */
const askEveryMs = 300;

/** What only counts on, like the round trip, is told no more often. */
const tellEveryMs = 1000;

/** Asks a heartbeat service until the link is over, or it does not answer. */
export function followHeartbeat(
  { board, server: toldBy, nowMs }: SourceContext,
  { heartbeat, link }: { heartbeat: HeartbeatServiceClient; link: Link },
): Promise<void> {
  const method = heartbeat.getHeartbeatStatus.bind(heartbeat);
  const options = { what: "Cannot ask for its state", deadlineMs: answerWithinMs };
  let told: HeartbeatView | undefined;
  return repeat(link, askEveryMs, async () => {
    const answer = await call(method, {}, { ...options, signal: link.signal });
    const view = toHeartbeatView(answer, { toldBy, heardAtMs: nowMs() });
    if (told === undefined || isNews(told, view)) {
      board.heartbeats.put(view);
      told = view;
    }
    link.caughtUp();
  });
}

function isNews(told: HeartbeatView, view: HeartbeatView): boolean {
  if (view.heardAtMs - told.heardAtMs >= tellEveryMs) return true;
  const keys = ["state", "monitor", "isChannelsAnswering", "unfitBecause", "lastError"] as const;
  return keys.some((key) => told[key] !== view[key]);
}

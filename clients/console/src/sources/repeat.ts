// Asks the same again and again, as long as a source is connected.

import { sleep } from "@hot-backup/kit/stop.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { HealthClient } from "@hot-backup/proto/grpc/health/v1/health.ts";
import type { Link } from "./attempt.ts";

/** Between two questions whether a service is there. */
const lookEveryMs = 300;

/** Together with the pause above less than the silence after which a source is down. */
export const answerWithinMs = 600;

/** Does the work, waits, and does it again until the link is over. Rejects as the work does. */
export async function repeat(
  link: Link,
  everyMs: number,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!link.signal.aborted) {
    await work();
    await sleep(everyMs, link.signal);
  }
}

/** Asks a service whether it is there. */
export function watchHealth(link: Link, health: HealthClient): Promise<void> {
  const method = health.check.bind(health);
  const options = { what: "Cannot ask whether it serves", deadlineMs: answerWithinMs };
  return repeat(link, lookEveryMs, async () => {
    await call(method, { service: "" }, { ...options, signal: link.signal });
    link.heard();
  });
}

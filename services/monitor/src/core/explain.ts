// Why a server is in its state, what stands in its way, and what could happen next: in words, from
// values.

import { whyNotGood } from "./answer.ts";
import { deathsInWords } from "./flap.ts";
import { missingTargets } from "./gate.ts";
import { isReleasing, releaseOverAtMs } from "./release.ts";
import type { Transition } from "./transitions.ts";
import { transitions } from "./transitions.ts";
import type { Watched } from "./watched.ts";

/** One sentence: the state, its reason, and who should run the channels. */
export function summarize({ server, settings }: Watched): string {
  const { serverId, state, because, assignment, term } = server.record;
  const who = { nobody: "nobody yet", primary: "the server itself", backup: "the backup" };
  return (
    `Server ${serverId} is ${state}: ${because}. ` +
    `Its channels belong to ${who[assignment]}, under term ${term} ` +
    `(protection: ${settings.protection}).`
  );
}

/** What keeps the server from its next step, each in one line. */
export function findObstacles(
  watched: Watched,
  given: { nowMs: number; targetError: (target: string) => string },
): readonly string[] {
  const { settings, server, liveness } = watched;
  const { record, gate } = server;
  const obstacles: string[] = [];
  const verdict = whyNotGood(liveness.lastVerdict);
  if (liveness.lastVerdict !== undefined && verdict !== "") {
    obstacles.push(`The last heartbeat was not good: ${verdict}`);
  }
  if (liveness.override !== undefined) {
    const { name, reason } = liveness.override;
    obstacles.push(`Its channels run by an override of ${name}, without a lease (${reason})`);
  }
  if (record.state === "unheard") obstacles.push("It has never been heard");
  if (record.maintenance !== undefined) {
    const { owner, reason } = record.maintenance;
    obstacles.push(`Maintenance by ${owner}: nothing is declared (${reason})`);
  }
  obstacles.push(...releaseObstacles(watched, given.nowMs));
  if (record.hold?.until === "operator") obstacles.push("The failback waits for an operator");
  if (record.hold?.until === "stable") {
    const leftMs = server.liveSinceMs + record.hold.delayMs - given.nowMs;
    const after = record.hold.deaths === 0 ? "" : `, after ${deathsInWords(record.hold.deaths)}`;
    const wait = `The failback waits ${Math.ceil(leftMs / 1000)} s`;
    obstacles.push(`${wait} for the server to stay live${after}`);
  }
  if (record.switchover !== undefined)
    obstacles.push("A switchover waits for the server to let go");
  if (gate !== undefined) {
    for (const target of missingTargets({ server, settings })) {
      const error = given.targetError(target);
      const isClean = record.cleanTargets.includes(target);
      const help = isClean ? "" : "; it may run channels: confirm it stopped, or bring it back";
      obstacles.push(
        `The gate waits for target ${target}${error === "" ? "" : `: ${error}`}${help}`,
      );
    }
  }
  if (record.state === "dead" && given.nowMs < server.liveNotBeforeMs) {
    const leftMs = server.liveNotBeforeMs - given.nowMs;
    obstacles.push(`It refused every lease: not believed for ${Math.ceil(leftMs / 1000)} s more`);
  }
  return obstacles;
}

function releaseObstacles({ settings, server }: Watched, nowMs: number): readonly string[] {
  const { release, isUnleased } = server.record;
  if (isUnleased && settings.protection === "lease") {
    return ["It ran without protection: it is not declared dead before it has held a lease"];
  }
  if (release === undefined) return [];
  const unknown = "a lost or restored journal, or an earlier configuration";
  const by = release.by === "" ? unknown : `monitor ${release.by}`;
  const released = `Released by ${by} with a lease of ${release.boundMs / 1000} s`;
  if (isReleasing(server)) return [`${released}: this monitor is stopping`];
  const leftSeconds = Math.ceil((releaseOverAtMs(settings, server) - nowMs) / 1000);
  const wait = `nothing is declared for ${leftSeconds} s`;
  return [`${released}: ${wait}, or until it shows an ordinary lease`];
}

/** Rows of the table that could apply next. */
export function nextTransitions({ settings, server }: Watched): readonly Transition[] {
  return transitions.filter(
    (row) =>
      row.from === server.record.state &&
      (row.on !== "close_expired" || settings.closeExpiryMs !== undefined),
  );
}

// The gate: before a server gets a first lease of a term, every channels service that its flow can
// order to start its channels has confirmed under this term that none of them runs there
// (5.5). Invariant: a dirty target is never counted as stopped because of a timeout.

import { change, type Draft, note } from "./draft.ts";

/** Opens, moves on and closes the gate, according to what holds after an event. */
export function advanceGate(draft: Draft): void {
  const { record, gate } = draft.server;
  const isWanted =
    record.state === "live" &&
    record.assignment === "nobody" &&
    record.switchover === undefined &&
    record.hold === undefined;
  if (!isWanted) {
    if (gate !== undefined) draft.server = { ...draft.server, gate: undefined };
    return;
  }
  if (gate?.term !== record.term) openGate(draft);
  losePatience(draft);
  passGate(draft);
}

function openGate(draft: Draft): void {
  const { nowMs } = draft.event;
  const { term } = draft.server.record;
  const patienceEndsMs = nowMs + draft.settings.thresholdMs;
  draft.server = {
    ...draft.server,
    gate: { term, beganMs: nowMs, patienceEndsMs, confirmed: [] },
  };
  for (const target of gateTargets(draft)) {
    draft.effects.push({ kind: "ask_target", target, term });
  }
}

/** Targets that the gate asks: those of the flow, and those that an earlier flow may have left. */
export function gateTargets(draft: Pick<Draft, "server" | "settings">): readonly string[] {
  const { startedTargets } = draft.server.record;
  return [...new Set([...draft.settings.flow.startTargets, ...startedTargets])];
}

// After a threshold without an answer a dirty target is fenced, where a fence is configured.
function losePatience(draft: Draft): void {
  const { gate, record } = draft.server;
  if (gate === undefined || draft.event.nowMs < gate.patienceEndsMs) return;
  const targets = draft.settings.fencedTargets.filter(
    (target) => !gate.confirmed.includes(target) && !record.cleanTargets.includes(target),
  );
  for (const target of targets) {
    draft.effects.push({ kind: "fence_target", target, term: gate.term });
  }
  draft.server = {
    ...draft.server,
    gate: { ...gate, patienceEndsMs: Number.POSITIVE_INFINITY },
  };
}

function passGate(draft: Draft): void {
  if (draft.server.gate === undefined || missingTargets(draft).length > 0) return;
  change(draft, { assignment: "primary" });
  draft.server = { ...draft.server, gate: undefined };
  note(draft, "The gate is passed: the server may hold the lease", undefined);
}

/** Targets that the gate still waits for. */
export function missingTargets(draft: Pick<Draft, "server" | "settings">): readonly string[] {
  const { gate, record } = draft.server;
  if (gate === undefined) return [];
  const isPatienceOver = gate.patienceEndsMs === Number.POSITIVE_INFINITY;
  return gateTargets(draft).filter((target) => {
    if (gate.confirmed.includes(target)) return false;
    return !(isPatienceOver && record.cleanTargets.includes(target));
  });
}

/** A target has confirmed STOPPED. It counts only under the present term. */
export function confirmTarget(draft: Draft, confirmed: { target: string; term: bigint }): void {
  const { gate, record } = draft.server;
  const { target } = confirmed;
  if (gate === undefined) {
    // Its answer to another question, with no start under this term (override.ts).
    if (record.assignment === "backup" || confirmed.term !== record.term) return;
  } else {
    if (confirmed.term !== gate.term || gate.confirmed.includes(target)) return;
    const isNow = { ...gate, confirmed: [...gate.confirmed, target] };
    draft.server = { ...draft.server, gate: isNow };
  }
  if (record.cleanTargets.includes(target) && !record.startedTargets.includes(target)) return;
  change(draft, {
    cleanTargets: [...new Set([...record.cleanTargets, target])].toSorted(),
    startedTargets: record.startedTargets.filter((each) => each !== target),
  });
}

/** A target has answered that something still runs there: nothing but its own word helps now. */
export function denyTarget(draft: Draft, denied: { target: string; term: bigint }): void {
  const { gate, record } = draft.server;
  if (gate === undefined || denied.term !== gate.term) return;
  if (!record.cleanTargets.includes(denied.target)) return;
  note(draft, `Target ${denied.target} still runs channels although it had confirmed`, undefined);
  dirtyTarget(draft, denied.target);
}

/** A target that has confirmed is seen to run something: the gate waits for its word again. */
export function recallTarget(draft: Draft, target: string): void {
  const { gate } = draft.server;
  if (gate === undefined || !gate.confirmed.includes(target)) return;
  const confirmed = gate.confirmed.filter((each) => each !== target);
  draft.server = { ...draft.server, gate: { ...gate, confirmed } };
  draft.effects.push({ kind: "ask_target", target, term: gate.term });
}

/** A target may run something from now on: its own word is needed before the server may. */
export function dirtyTarget(draft: Draft, target: string): void {
  const { cleanTargets, startedTargets } = draft.server.record;
  if (startedTargets.includes(target) && !cleanTargets.includes(target)) return;
  change(draft, {
    cleanTargets: cleanTargets.filter((each) => each !== target),
    startedTargets: [...new Set([...startedTargets, target])].toSorted(),
  });
}

/** A fence command has ended: with no error it vouches for the target. */
export function noteFence(
  draft: Draft,
  fenced: { target: string; term: bigint; error: string },
): void {
  if (fenced.term !== draft.server.gate?.term) return;
  if (fenced.error === "") {
    note(draft, `Target ${fenced.target} was fenced`, undefined);
    confirmTarget(draft, fenced);
  } else {
    note(draft, `Cannot fence target ${fenced.target}: ${fenced.error}`, undefined);
  }
}

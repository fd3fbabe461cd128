// The signals of one server as a follower was told them, against what the journal lists, and
// against what a sequence of signals can be at all.

import type { SignalName } from "@hot-backup/testbed/signal-name.ts";

/** A signal as it was told. */
export interface ToldSignal {
  readonly id: bigint;
  readonly name: SignalName;
  readonly term: bigint;
}

/** Every signal lost, doubled, out of order or impossible. */
export function checkSignals(
  followed: readonly ToldSignal[],
  listed: readonly ToldSignal[],
): string[] {
  return [
    ...listed.filter((each) => count(followed, each) === 0).map(tell("the follower missed")),
    ...listed.filter((each) => count(followed, each) > 1).map(tell("the follower was told twice")),
    ...followed.filter((each) => count(listed, each) === 0).map(tell("the journal has lost")),
    ...checkSequence(listed),
  ];
}

function checkSequence(listed: readonly ToldSignal[]): string[] {
  return listed.flatMap((each, index) => {
    const before = listed[index - 1];
    const problems: string[] = [];
    if (each.id !== (before?.id ?? 0n) + 1n) problems.push(tell("ids have a gap before")(each));
    if (before !== undefined && each.term <= before.term) {
      problems.push(tell("the term did not rise with")(each));
    }
    if (!canFollow(before?.name, each.name)) {
      problems.push(tell(`after ${before?.name ?? "nothing"} there cannot be`)(each));
    }
    return problems;
  });
}

// The state table, seen from outside. No server of this suite has a closeExpiry.
function canFollow(before: SignalName | undefined, name: SignalName): boolean {
  if (before === undefined || before === "CLOSE") return name === "LIVE";
  return before !== name;
}

function count(signals: readonly ToldSignal[], wanted: ToldSignal): number {
  return signals.filter((each) => each.id === wanted.id && each.name === wanted.name).length;
}

function tell(what: string): (signal: ToldSignal) => string {
  return ({ id, name, term }) => `I3: ${what} signal ${id}, ${name} of term ${term}`;
}

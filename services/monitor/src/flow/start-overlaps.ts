// A channel that a flow starts has one home among the targets: a takeover asks nobody but the
// target that it starts, so that the same channel on a second one would run twice (I1).

import type { ConfigProblem, ConfigSource } from "@hot-backup/kit/config.ts";
import { outlineSteps } from "./flow-rules.ts";

/** A name or prefix that a step starts, with its place in the file. */
interface Start {
  readonly name: string;
  readonly target: string;
  readonly path: readonly (string | number)[];
}

/** Of each name, the first place that starts it on each target, in the order of the file. */
type Firsts = ReadonlyMap<string, ReadonlyMap<string, Start>>;

/** Channels, or prefixes that share channels, that are started on two targets in any cases. */
export function findStartOverlaps(
  source: ConfigSource,
  targets: readonly string[],
): readonly ConfigProblem[] {
  const firsts = findFirsts(source, targets);
  return [...firsts.values()]
    .flatMap((onTargets) => [...onTargets.values()])
    .flatMap((start) => {
      const other = findOther(start, firsts);
      if (other === undefined) return [];
      const place = `${other.path.join(".")} (${source.locate(other.path)})`;
      return {
        where: source.locate(start.path),
        key: start.path.join("."),
        message:
          `starts "${start.name}" on "${start.target}", ` +
          `but ${place} starts "${other.name}" on "${other.target}": both would run it`,
      };
    });
}

function findFirsts(source: ConfigSource, targets: readonly string[]): Firsts {
  const firsts = new Map<string, Map<string, Start>>();
  for (const { caseName, index, target, startedNames } of outlineSteps(source)) {
    if (!targets.includes(target)) continue;
    for (const [place, name] of startedNames.entries()) {
      const onTargets = firsts.get(name) ?? new Map<string, Start>();
      firsts.set(name, onTargets);
      if (name === "" || onTargets.has(target)) continue;
      const path = ["cases", caseName, index, "startChannels", place];
      onTargets.set(target, { name, target, path });
    }
  }
  return firsts;
}

// What starts a channel of `start` elsewhere. Of two that overlap the one that is covered by the
// other is told, of two equal ones the later: by looking up each prefix of a name, because a
// stranger's flow (TestFlow) can hold thousands.
function findOther({ name, target }: Start, firsts: Firsts): Start | undefined {
  const [first] = firsts.get(name)?.values() ?? [];
  if (first !== undefined && first.target !== target) return first;
  const stem = name.endsWith("*") ? name.slice(0, -1) : name;
  for (let length = 0; length <= stem.length; length += 1) {
    const prefix = `${stem.slice(0, length)}*`;
    if (prefix === name) continue;
    for (const other of firsts.get(prefix)?.values() ?? []) {
      if (other.target !== target) return other;
    }
  }
  return undefined;
}

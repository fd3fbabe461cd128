// What the steps of a flow must be together, whichever of them has a fault of its own: read from
// the file once more, leniently, so that these problems are told along with all others.

import { z } from "zod";
import type { ConfigProblem, ConfigSource } from "@hot-backup/kit/config.ts";

/** A channel step, or any other, with its place in the file. */
export interface StepOutline {
  readonly caseName: string;
  readonly index: number;
  readonly kind: "start" | "stop" | "email" | "other";
  readonly target: string;
  /** What it starts, as in the file: "" in the place of what is no name. */
  readonly startedNames: readonly string[];
}

const outline = z
  .looseObject({
    cases: z
      .record(z.string(), z.array(z.record(z.string(), z.unknown()).catch({})).catch([]))
      .catch({}),
  })
  .catch({ cases: {} });

/** The steps of a flow file in the order of the file, read without complaint. */
export function outlineSteps(source: ConfigSource): readonly StepOutline[] {
  const { cases } = outline.parse(source.value);
  return Object.entries(cases).flatMap(([caseName, steps]) =>
    steps.map((step, index) => ({
      caseName,
      index,
      kind: kindOf(step),
      target: typeof step["on"] === "string" ? step["on"] : "",
      startedNames: readNames(step["startChannels"]),
    })),
  );
}

function readNames(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.map((name: unknown) => (typeof name === "string" ? name : ""));
}

function kindOf(step: Readonly<Record<string, unknown>>): StepOutline["kind"] {
  if ("startChannels" in step) return "start";
  if ("stopChannels" in step) return "stop";
  return "email" in step ? "email" : "other";
}

/**
 * Design 5.5: what a case starts, the case of LIVE stops. Without that a failback would leave
 * channels on a target to the gate alone, which nobody who reads the flow would expect.
 */
export function findUnstoppedTargets(
  source: ConfigSource,
  options: { liveCases: readonly string[]; targets: readonly string[] },
): readonly ConfigProblem[] {
  const steps = outlineSteps(source);
  const isStopped = (target: string) =>
    options.liveCases.every((name) =>
      steps.some(
        (step) => step.caseName === name && step.kind === "stop" && step.target === target,
      ),
    );
  return steps
    .filter(({ kind, target }) => kind === "start" && options.targets.includes(target))
    .filter(({ target }) => !isStopped(target))
    .map(({ caseName, index, target }) => {
      const path = ["cases", caseName, index, "on"];
      return {
        where: source.locate(path),
        key: path.join("."),
        message: `starts channels on "${target}", but LIVE stops none there (rule 5.5)`,
      };
    });
}

/** Giving back starts nothing on a backup: the gate waits until no target runs anything (5.5). */
export function findLiveStarts(
  source: ConfigSource,
  liveCases: readonly string[],
): readonly ConfigProblem[] {
  return outlineSteps(source)
    .filter(({ caseName, kind }) => kind === "start" && liveCases.includes(caseName))
    .map(({ caseName, index }) => {
      const path = ["cases", caseName, index, "startChannels"];
      return {
        where: source.locate(path),
        key: path.join("."),
        message: "LIVE gives the channels back, so it can start none on a backup (rule 5.5)",
      };
    });
}

/** What is allowed, and most likely not meant. Each begins with the file. */
export function findOddities(
  source: ConfigSource,
  cases: { readonly live: readonly string[]; readonly dead: readonly string[] },
): readonly string[] {
  const steps = outlineSteps(source);
  const lacks = (names: readonly string[], kind: StepOutline["kind"]) =>
    !steps.some((step) => names.includes(step.caseName) && step.kind === kind);
  return [
    ...(lacks(cases.dead, "start") ? ["DEAD starts no channels: nothing fails over"] : []),
    ...(lacks(cases.dead, "email") ? ["DEAD sends no e-mail: nobody is told"] : []),
    ...(lacks(cases.live, "email") ? ["LIVE sends no e-mail: nobody is told"] : []),
  ].map((oddity) => `${source.file}: ${oddity}`);
}

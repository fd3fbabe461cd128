// Opens a flow file: checked, its switch tried, and made into the function that the core calls.

import { z } from "zod";
import {
  ConfigError,
  type ConfigProblem,
  type ConfigSource,
  inspectConfig,
  parseConfigSource,
  sortProblems,
} from "@hot-backup/kit/config.ts";
import { caseNamesOf, defaultCase, type Flow, type Plan, startTargetsOf } from "../core/flow.ts";
import type { Signal } from "../core/server-record.ts";
import { findLiveStarts, findOddities, findUnstoppedTargets, outlineSteps } from "./flow-rules.ts";
import {
  defaultSwitch,
  type FlowFile,
  flowFileSchema,
  type FlowSurroundings,
} from "./flow-schema.ts";
import { sampleDocuments } from "./sample-documents.ts";
import { findStartOverlaps } from "./start-overlaps.ts";
import { evaluateSwitch } from "./xpath.ts";
import { tryExpression } from "./xpath-trial.ts";

/** Longest text of a flow, in characters: it is parsed where heartbeats are answered. */
const flowCharactersMax = 32_768;

/** Where a flow is used. */
export interface FlowPlace extends FlowSurroundings {
  /** The servers whose signals it takes. At least one. */
  readonly serverIds: readonly string[];
  /**
   * Documents that the switch is tried on besides the samples. Whoever opens a stranger's flow
   * names every document it will plan: a switch can tell samples from real documents, and burn on
   * those.
   */
  readonly documents?: readonly string[];
}

/** A flow that may be used. */
export interface OpenedFlow {
  readonly flow: Flow;
  /** What is allowed, and most likely not meant. */
  readonly warnings: readonly string[];
}

/**
 * Opens a flow. Throws ConfigError with every problem, and a Failure, reason TOO_MANY_TRIALS, when
 * its switch cannot be tried now.
 */
export async function openFlow(source: ConfigSource, place: FlowPlace): Promise<OpenedFlow> {
  const { value, problems } = inspectConfig(source, flowFileSchema(place));
  const expression = readSwitch(source);
  const faults = await judgeSwitch(source, { expression, place });
  const caseNames = new Set(outlineSteps(source).map(({ caseName }) => caseName));
  // With a faulty switch the other rules are judged as if there were none: most flows need none.
  const pick = createSwitch(faults.length === 0 ? expression : defaultSwitch, caseNames);
  const cases = findCases(pick, place.serverIds);
  const unstopped = findUnstoppedTargets(source, {
    liveCases: cases.live,
    targets: place.targets,
  });
  const liveStarts = findLiveStarts(source, cases.live);
  const overlaps = findStartOverlaps(source, place.targets);
  const all = [...problems, ...faults, ...unstopped, ...liveStarts, ...overlaps];
  if (value === undefined || all.length > 0) throw new ConfigError(sortProblems(all));
  return { flow: createFlow(value, pick), warnings: findOddities(source, cases) };
}

/** Opens a flow from a text instead of a file, told under `name`. Throws like openFlow. */
export async function openFlowText(
  text: string,
  place: FlowPlace & { readonly name: string },
): Promise<OpenedFlow> {
  if (text.length > flowCharactersMax) {
    const message = `must be at most ${flowCharactersMax} characters long`;
    throw new ConfigError([{ where: place.name, key: "", message }]);
  }
  return openFlow(parseConfigSource(text, { file: place.name, environment: {} }), place);
}

/** Name of the case for a document; "" when there is none. */
type Switch = (document: string) => string;

// A switch is total, because it runs inside the decision DEAD: what fails on a document, although
// it did on no sample, picks what any other value picks.
function createSwitch(expression: string, caseNames: ReadonlySet<string>): Switch {
  return (document) => {
    const value = evaluateOrNothing(expression, document);
    return [...caseNamesOf(value), defaultCase].find((name) => caseNames.has(name)) ?? "";
  };
}

function evaluateOrNothing(expression: string, document: string): string {
  try {
    return evaluateSwitch(expression, document).trim();
  } catch {
    return "";
  }
}

function createFlow(file: FlowFile, pick: Switch): Flow {
  const plans = new Map(
    Object.entries(file.cases).map(([caseName, steps]): [string, Plan] => [
      caseName,
      { caseName, steps },
    ]),
  );
  const nothing: Plan = { caseName: "", steps: [] };
  const targets = [...plans.values()].flatMap(startTargetsOf);
  return {
    plan: (document) => plans.get(pick(document)) ?? nothing,
    startTargets: [...new Set(targets)].toSorted(),
    decision: file.switch,
    cases: [...plans.values()],
  };
}

// What is no string at all is told by the schema.
function readSwitch(source: ConfigSource): string {
  const given = z.looseObject({ switch: z.string() }).safeParse(source.value);
  return given.success ? given.data.switch : defaultSwitch;
}

async function judgeSwitch(
  source: ConfigSource,
  { expression, place }: { expression: string; place: FlowPlace },
): Promise<readonly ConfigProblem[]> {
  // Our own expression needs no trial: a monitor with plain flows starts without a thread.
  if (expression === defaultSwitch) return [];
  const samples = place.serverIds.slice(0, 1).flatMap(sampleDocuments);
  const documents = [...samples.map(({ text }) => text), ...(place.documents ?? [])];
  const fault = await tryExpression(expression, documents);
  if (fault === "") return [];
  return [{ where: source.locate(["switch"]), key: "switch", message: fault }];
}

// Names of the cases that each signal can pick, by every server and for every reason.
function findCases(pick: Switch, serverIds: readonly string[]) {
  const samples = serverIds.flatMap(sampleDocuments);
  const casesOf = (signal: Signal) => [
    ...new Set(samples.filter((each) => each.signal === signal).map(({ text }) => pick(text))),
  ];
  return { live: casesOf("LIVE"), dead: casesOf("DEAD") };
}

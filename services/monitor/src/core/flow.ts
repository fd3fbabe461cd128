// A flow as values: what a decision switch picked, and the steps of a case. The YAML and XPath
// behind it are in ../flow/; the core only sees a function from a signal document to a plan.

/** One step of a case. */
export type FlowStep =
  | { readonly kind: "start_channels"; readonly target: string; readonly names: readonly string[] }
  | { readonly kind: "stop_channels"; readonly target: string; readonly names: readonly string[] }
  | {
      readonly kind: "email";
      readonly to: readonly string[];
      readonly cc: readonly string[];
      readonly template: string;
    }
  | {
      readonly kind: "webhook";
      readonly url: string;
      readonly timeoutMs: number;
      readonly attemptsMax: number;
    }
  | {
      readonly kind: "command";
      readonly command: readonly string[];
      readonly timeoutMs: number;
      readonly attemptsMax: number;
    };

/** What a flow does on one document. */
export interface Plan {
  /** Name of the case, `defaultCase`, or "" when there is none. */
  readonly caseName: string;
  readonly steps: readonly FlowStep[];
}

/** A checked flow. */
export interface Flow {
  /** The case for a signal document. Pure: the same document gives the same plan. */
  plan(document: string): Plan;
  /** Every target that any case can order to start channels, sorted: the targets of the gate. */
  readonly startTargets: readonly string[];
  /** The expression of the decision switch, for people. */
  readonly decision: string;
  /** What each case does, in the order of the file: the plans that plan() gives. */
  readonly cases: readonly Plan[];
}

/** The case that is picked when no other is. */
export const defaultCase = "default";

/** As in the original, one word has two names. */
const closeNames: readonly string[] = ["CLOSE", "STOP"];

/** Names of the case that a value of the switch picks: a flow has one of them at most. */
export function caseNamesOf(value: string): readonly string[] {
  return closeNames.includes(value) ? closeNames : [value];
}

/** Targets that a plan starts channels on, in order and without repetition. */
export function startTargetsOf(plan: Plan): readonly string[] {
  const targets = plan.steps.flatMap((step) =>
    step.kind === "start_channels" ? [step.target] : [],
  );
  return [...new Set(targets)];
}

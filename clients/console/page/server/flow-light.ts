// A flow with a run in it: which way the signal went, and how far each step is. A run keeps the
// steps it was decided with, so it is drawn as it was even when the flow has been changed since.

import type {
  FlowCaseView,
  FlowView,
  PlannedStepView,
  RunView,
  StepView,
} from "../../src/view/run.ts";
import type { SignalWord } from "../../src/view/signal.ts";

export interface LitFlow {
  /** The signal whose way is lit. Undefined: no run is shown. */
  readonly signal: SignalWord | undefined;
  readonly cases: readonly LitCase[];
  /** Whether the run has other steps than the flow has now. */
  readonly isChanged: boolean;
}

export interface LitCase extends Pick<FlowCaseView, "name" | "when" | "isDefault" | "signals"> {
  readonly isLit: boolean;
  readonly steps: readonly LitStep[];
}

export interface LitStep {
  readonly kind: string;
  readonly subject: string;
  /** Channels or recipients, as far as they are known. */
  readonly names: readonly string[];
  /** What would be done, in one line. "": not known any more. */
  readonly description: string;
  /** How far it is in the run that is shown. Undefined: it is no part of that run. */
  readonly progress: StepView | undefined;
}

/** The flow as it would be without a run. */
export function lightFlow(flow: FlowView, run: RunView | undefined): LitFlow {
  const plain = flow.cases.map((each): LitCase => ({
    ...each,
    isLit: false,
    steps: each.steps.map((step) => ({ ...step, progress: undefined })),
  }));
  if (run === undefined) return { signal: undefined, cases: plain, isChanged: false };
  const { signal, caseName } = run;
  // A run for which the switch picked no case has nothing to do.
  if (caseName === "") return { signal, cases: plain, isChanged: false };
  const known = flow.cases.find(({ name }) => name === caseName);
  if (known === undefined) {
    const gone: LitCase = {
      name: caseName,
      when: "not in the flow any more",
      isDefault: false,
      signals: [],
      isLit: true,
      steps: run.steps.map((step) => lightStep(step, undefined)),
    };
    return { signal, cases: [...plain, gone], isChanged: true };
  }
  const isSame = hasSameSteps(known, run);
  const steps = run.steps.map((step, index) =>
    lightStep(step, isSame ? known.steps[index] : undefined),
  );
  const cases = plain.map((each) =>
    each.name === caseName ? { ...each, isLit: true, steps } : each,
  );
  return { signal, cases, isChanged: !isSame };
}

/** Whether a step has begun: only then the line to it is lit. */
export function hasBegun({ progress }: LitStep): boolean {
  return progress !== undefined && progress.state !== "PENDING" && progress.state !== "SKIPPED";
}

function hasSameSteps({ steps }: FlowCaseView, run: RunView): boolean {
  if (steps.length !== run.steps.length) return false;
  return run.steps.every(({ kind, subject }, index) => {
    const planned = steps[index];
    return planned?.kind === kind && planned.subject === subject;
  });
}

function lightStep(step: StepView, planned: PlannedStepView | undefined): LitStep {
  return {
    kind: step.kind,
    subject: step.subject,
    names: planned?.names ?? step.channels.map(({ name }) => name),
    description: planned?.description ?? "",
    progress: step,
  };
}

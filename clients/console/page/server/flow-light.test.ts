import { expect, test } from "vitest";
import type { FlowView, RunView, StepView } from "../../src/view/run.ts";
import { hasBegun, lightFlow } from "./flow-light.ts";

const start = { kind: "startChannels", subject: "backup-1", names: ["orders"], description: "go" };
const mail = { kind: "email", subject: "signal", names: ["ops@example.org"], description: "tell" };

const flow: FlowView = {
  serverId: "primary-1",
  decision: "/signal",
  cases: [
    { name: "DEAD", when: "DEAD", isDefault: false, signals: ["DEAD"], steps: [start, mail] },
    { name: "LIVE", when: "LIVE", isDefault: false, signals: ["LIVE"], steps: [mail] },
  ],
  asOfMs: 0,
};

function step(fields: Partial<StepView>): StepView {
  return {
    index: 0,
    kind: "startChannels",
    subject: "backup-1",
    state: "RUNNING",
    attempts: 1,
    lastError: "",
    channels: [],
    channelsOmitted: 0,
    isShortened: false,
    startedAtMs: 1,
    endedAtMs: undefined,
    ...fields,
  };
}

function run(fields: Partial<RunView>): RunView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    runId: "run-1",
    serverId: "primary-1",
    reason: "signal",
    signal: "DEAD",
    caseName: "DEAD",
    term: "7",
    state: "RUNNING",
    startedAtMs: 1,
    endedAtMs: undefined,
    asOfMs: 2,
    steps: [step({}), step({ index: 1, kind: "email", subject: "signal", state: "PENDING" })],
    signalId: "4",
    actor: undefined,
    because: "",
    heldBecause: "",
    traceId: "",
    ...fields,
  };
}

test("without a run no way is lit", () => {
  const lit = lightFlow(flow, undefined);
  expect(lit).toMatchObject({ signal: undefined, isChanged: false });
  expect(lit.cases.map(({ isLit }) => isLit)).toEqual([false, false]);
});

test("a run lights the case that was picked, and its steps as far as they have begun", () => {
  const { signal, cases, isChanged } = lightFlow(flow, run({}));
  expect({ signal, isChanged }).toEqual({ signal: "DEAD", isChanged: false });
  expect(cases.map(({ isLit }) => isLit)).toEqual([true, false]);
  expect(cases[0]?.steps.map(hasBegun)).toEqual([true, false]);
  expect(cases[0]?.steps[0]).toMatchObject({ description: "go", names: ["orders"] });
});

test("a run of an older flow is drawn with the steps that it was decided with", () => {
  const command = step({ kind: "command", subject: "/bin/fence", state: "DONE" });
  const { cases, isChanged } = lightFlow(flow, run({ steps: [command] }));
  expect(isChanged).toBe(true);
  expect(cases[0]?.steps).toMatchObject([
    { kind: "command", subject: "/bin/fence", description: "" },
  ]);
  expect(cases[1]?.steps).toHaveLength(1);
});

test("a run of a case that is no more is drawn beside the flow", () => {
  const { cases, isChanged } = lightFlow(flow, run({ caseName: "STOP" }));
  expect(isChanged).toBe(true);
  expect(cases.map(({ name, isLit }) => [name, isLit])).toEqual([
    ["DEAD", false],
    ["LIVE", false],
    ["STOP", true],
  ]);
});

test("a run for which no case was picked lights its signal alone", () => {
  const lit = lightFlow(flow, run({ caseName: "", steps: [], signal: "CLOSE" }));
  expect(lit).toMatchObject({ signal: "CLOSE", isChanged: false });
  expect(lit.cases.some(({ isLit }) => isLit)).toBe(false);
});

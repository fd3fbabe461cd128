// TestFlow on the wire: what a signal would do, and nothing done.

import { status as Code, type StatusObject } from "@grpc/grpc-js";
import { FlowReason, RunState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { flowTrialMethod } from "./flow-trial.ts";
import { bringToLife } from "./heartbeat-client.fixture.ts";
import { failureOf, openWire, violationsOf } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>) {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

const flowYaml = `switch: concat(/signal, '-', /signal/@host)
cases:
  DEAD-host-1:
    - startChannels: [orders, inv*]
      on: backup-1
    - email: { to: [ops@example.org], template: signal }
  default:
    - stopChannels: ["*"]
      on: backup-1
`;

describe("TestFlow", () => {
  test("tells what the configured flow would do on a signal", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const trial = await wire.testFlow({ signal: Signal.SIGNAL_DEAD });
    expect(trial).toMatchObject({
      document: expect.stringMatching(
        /^<signal server="primary-1" host="host-1" term="2" time="[^"]+">DEAD<\/signal>$/,
      ),
      caseName: "DEAD",
      steps: [{ kind: "startChannels", subject: "backup-1", names: ["orders"] }],
      notes: ["Every order would carry term 2", "The channels would be assigned to backup-1"],
    });
  });

  test("says that a failback would be held, and what the gate would wait for", async () => {
    const wire = await wired({ settings: { failback: { kind: "manual" } } });
    await bringToLife(wire);
    await wire.story.time.pass(1000);
    const { notes } = await wire.testFlow({ signal: Signal.SIGNAL_LIVE });
    expect(notes).toEqual([
      "Every order would carry term 3",
      "The run would be held until an operator asks for the failback",
      "Before the server may run: backup-1 must confirm STOPPED",
    ]);
  });

  test("says that maintenance would keep the signal back", async () => {
    const wire = await wired();
    await wire.setMaintenance();
    const { notes } = await wire.testFlow({ signal: Signal.SIGNAL_CLOSE });
    expect(notes[0]).toBe(
      "It would be refused now: maintenance by anna, so the signal would not be given",
    );
  });

  test("tries a flow of the caller's own, on the document that it would see", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const dead = await wire.testFlow({ signal: Signal.SIGNAL_DEAD, flowYaml });
    expect(dead).toMatchObject({
      caseName: "DEAD-host-1",
      steps: [
        { kind: "startChannels", subject: "backup-1", names: ["orders", "inv*"] },
        { kind: "email", names: ["ops@example.org"] },
      ],
    });
    const live = await wire.testFlow({ signal: Signal.SIGNAL_LIVE, flowYaml });
    expect(live).toMatchObject({ caseName: "default", steps: [{ kind: "stopChannels" }] });
  });

  test("tells a failback of an operator as it will be: it ends the hold", async () => {
    const wire = await wired({ settings: { failback: { kind: "manual" } } });
    await bringToLife(wire);
    await wire.story.time.pass(1000);
    const dead = await wire.testFlow({ reason: FlowReason.FLOW_REASON_FAILBACK });
    expect(dead.notes[0]).toBe("It would be refused now: it is dead, not live");
    await bringToLife(wire);
    const { runs } = await wire.listRuns();
    const held = runs.find((run) => run.state === RunState.RUN_STATE_HELD);
    const told = await wire.testFlow({ reason: FlowReason.FLOW_REASON_FAILBACK });
    expect(told).toMatchObject({
      document: expect.stringContaining(">LIVE<"),
      caseName: "LIVE",
      steps: [{ kind: "stopChannels", subject: "backup-1" }],
      notes: [
        "Every order would carry term 4",
        `The hold ends: run ${held?.runId} goes on`,
        "Before the server may run: backup-1 must confirm STOPPED",
      ],
    });
  });

  test("tells a switchover by the document that its flow would see", async () => {
    const wire = await wired();
    const reason = FlowReason.FLOW_REASON_SWITCHOVER;
    const never = await wire.testFlow({ reason });
    expect(never.notes[0]).toBe("It would be refused now: it is unheard, not live");
    await bringToLife(wire);
    const { document, caseName } = await wire.testFlow({ reason, signal: Signal.SIGNAL_DEAD });
    expect(caseName).toBe("DEAD");
    expect(document).toMatch(/ reason="switchover">DEAD<\/signal>$/);
  });

  test.each([
    ["signal", { reason: FlowReason.FLOW_REASON_FAILBACK, signal: Signal.SIGNAL_DEAD }],
    ["signal", { reason: FlowReason.FLOW_REASON_SIGNAL }],
    ["reason", { reason: 9, signal: Signal.SIGNAL_DEAD }],
  ])("refuses a %s that does not fit: %j", async (field, fields) => {
    const wire = await wired();
    const failure = await failureOf(wire.testFlow(fields));
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
    expect(violationsOf(failure)).toMatchObject([{ field }]);
  });

  test("has no effect", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const before = await wire.getServer();
    const orders = wire.story.orders.length;
    for (const signal of [Signal.SIGNAL_DEAD, Signal.SIGNAL_LIVE, Signal.SIGNAL_CLOSE]) {
      await wire.testFlow({ signal, flowYaml });
    }
    expect(await wire.getServer()).toEqual(before);
    expect(wire.story.orders).toHaveLength(orders);
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
  });
});

test("of many flows at once all but two are turned away, and none is left waiting", async () => {
  const { story } = await wired();
  const { testFlow } = flowTrialMethod(
    { monitor: story.monitor },
    { targets: ["backup-1"], hasNotify: true },
  );
  // Past the connection, which would bring them one after the other.
  const ask = () =>
    new Promise<Partial<StatusObject> | null>((resolve) => {
      const request = {
        serverId: "primary-1",
        signal: Signal.SIGNAL_DEAD,
        flowYaml: "cases: { DEAD: [{ email: { to: [ops@example.org] } }] }",
        reason: FlowReason.FLOW_REASON_UNSPECIFIED,
      };
      const call = { request, on: () => {}, getPeer: () => "", getPath: () => "" };
      Reflect.apply(testFlow, undefined, [call, resolve]);
    });
  const round = async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    return answers.map((failure) => failure?.code ?? Code.OK);
  };
  const expected = [Code.OK, Code.OK, ...Array.from({ length: 18 }, () => Code.RESOURCE_EXHAUSTED)];
  expect((await round()).toSorted((a, b) => a - b)).toEqual(expected);
  expect((await round()).toSorted((a, b) => a - b)).toEqual(expected);
});

const badFlows = [
  ["no YAML", "cases: [", /^flow_yaml:1:/, /./],
  ["an unknown key", "cases: { DEAD: [] }\nmode: fast\n", /^flow_yaml:2:1$/, /mode: no such key/],
  [
    "an unknown target",
    "cases:\n  DEAD:\n    - startChannels: [orders]\n      on: backup-9\n",
    /^flow_yaml:4:7$/,
    /on: there is no target "backup-9"/,
  ],
  [
    "no XPath",
    "switch: '/signal['\ncases: { DEAD: [] }\n",
    /^flow_yaml:1:1$/,
    /^switch: is no XPath/,
  ],
  [
    "a start that no LIVE stops",
    "cases:\n  DEAD:\n    - startChannels: [orders]\n      on: backup-1\n  LIVE: []\n",
    /^flow_yaml:4:7$/,
    /LIVE stops none there/,
  ],
  ["more than may be parsed", `# ${"x".repeat(40_000)}\ncases: {}`, /^flow_yaml$/, /32768/],
] as const;

test.for(badFlows)(
  "a flow with %s is bad input, told with line and column",
  async ([, text, place, description]) => {
    const wire = await wired();
    const failure = await failureOf(wire.testFlow({ signal: Signal.SIGNAL_DEAD, flowYaml: text }));
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
    expect(violationsOf(failure)).toContainEqual({
      field: expect.stringMatching(place),
      description: expect.stringMatching(description),
      reason: "",
      localizedMessage: undefined,
    });
  },
);

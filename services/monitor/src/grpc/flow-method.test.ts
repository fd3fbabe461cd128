// The flow of a server on the wire, from a flow as files have it.

import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { expect, onTestFinished, test } from "vitest";
import { openFlowText } from "../flow/open-flow.ts";
import { failureOf, openWire, violatedFields } from "./wire.fixture.ts";

const place = {
  name: "flow.yaml",
  targets: ["backup-1"],
  hasNotify: true,
  folder: "/",
  serverIds: ["primary-1"],
};

async function wired(text?: string) {
  const opened = text === undefined ? undefined : await openFlowText(text, place);
  const wire = await openWire(opened === undefined ? {} : { settings: { flow: opened.flow } });
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

test("a flow is told with its switch, and its cases in the order of the file", async () => {
  const wire = await wired(`
    cases:
      DEAD:
        - { startChannels: [orders], on: backup-1 }
      LIVE:
        - { stopChannels: [orders], on: backup-1 }
      default:
        - { email: { to: [ops@example.org] } }
  `);
  const { serverId, decision, cases, asOf } = await wire.getFlow();
  expect({ serverId, decision }).toEqual({ serverId: "primary-1", decision: "/signal" });
  expect(asOf).toBeInstanceOf(Date);
  expect(cases).toMatchObject([
    {
      name: "DEAD",
      when: "DEAD",
      isDefault: false,
      signals: [Signal.SIGNAL_DEAD],
      steps: [{ kind: "startChannels", subject: "backup-1", names: ["orders"] }],
    },
    { name: "LIVE", when: "LIVE", signals: [Signal.SIGNAL_LIVE] },
    { name: "default", when: "anything else", isDefault: true, signals: [Signal.SIGNAL_CLOSE] },
  ]);
});

test("a case that no signal picks now is told without signals", async () => {
  const wire = await wired(`
    switch: concat(/signal, "-", /signal/@host)
    cases:
      DEAD-host-1:
        - { startChannels: [orders], on: backup-1 }
      LIVE-:
        - { stopChannels: [orders], on: backup-1 }
      default:
        - { stopChannels: [orders], on: backup-1 }
  `);
  const { decision, cases } = await wire.getFlow();
  expect(decision).toBe('concat(/signal, "-", /signal/@host)');
  expect(cases.map(({ name, signals }) => [name, signals])).toEqual([
    ["DEAD-host-1", []],
    ["LIVE-", [Signal.SIGNAL_LIVE]],
    ["default", [Signal.SIGNAL_DEAD, Signal.SIGNAL_CLOSE]],
  ]);
});

test("CLOSE and STOP are one word", async () => {
  const wire = await wired("cases: { STOP: [{ email: { to: [ops@example.org] } }] }");
  const { cases } = await wire.getFlow();
  expect(cases).toMatchObject([
    { name: "STOP", when: "CLOSE or STOP", signals: [Signal.SIGNAL_CLOSE] },
  ]);
});

test("a server id that is none is refused, and an unknown server is not found", async () => {
  const wire = await wired();
  const bad = await failureOf(wire.getFlow({ serverId: "" }));
  expect(violatedFields(bad)).toEqual(["server_id"]);
  const unknown = await failureOf(wire.getFlow({ serverId: "primary-9" }));
  expect(unknown.reason).toBe("UNKNOWN_SERVER");
});

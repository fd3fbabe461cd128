// What the steps of a flow must be together: a channel is started in one place only, and given back
// without a start.

import { expect, test } from "vitest";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { openFlowText } from "./open-flow.ts";

const place = {
  name: "flow.yaml",
  serverIds: ["primary-1"],
  targets: ["backup-1", "backup-2"],
  hasNotify: true,
  folder: "/etc/hot-backup",
};

const live = `LIVE:
    - { stopChannels: ["*"], on: backup-1 }
    - { stopChannels: ["*"], on: backup-2 }
`;

async function problemsOf(text: string): Promise<string[]> {
  try {
    await openFlowText(text, place);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

test("a channel that one case starts on two targets is refused, with both places", async () => {
  const text = `cases:
  DEAD:
    - { startChannels: [orders], on: backup-1 }
    - { startChannels: [invoices, orders], on: backup-2 }
  ${live}`;
  expect(await problemsOf(text)).toEqual([
    'flow.yaml:4:35: cases.DEAD.1.startChannels.1: starts "orders" on "backup-2", ' +
      'but cases.DEAD.0.startChannels.0 (flow.yaml:3:25) starts "orders" on "backup-1": ' +
      "both would run it",
  ]);
});

test("a channel that two cases start on two targets is refused, with both places", async () => {
  const text = `cases:
  DEAD:
    - { startChannels: [orders], on: backup-1 }
  CLOSE:
    - { startChannels: [orders], on: backup-2 }
  ${live}`;
  expect(await problemsOf(text)).toEqual([
    'flow.yaml:5:25: cases.CLOSE.0.startChannels.0: starts "orders" on "backup-2", ' +
      'but cases.DEAD.0.startChannels.0 (flow.yaml:3:25) starts "orders" on "backup-1": ' +
      "both would run it",
  ]);
});

test.each([
  ["a prefix that covers a name", '"or*"', "orders", "4:25", "1.startChannels.0"],
  ["a name that a prefix covers", "orders", '"or*"', "3:25", "0.startChannels.0"],
  ["a prefix that covers a prefix", '"or*"', '"ord*"', "4:25", "1.startChannels.0"],
  ["all channels and one of them", '"*"', "orders", "4:25", "1.startChannels.0"],
  ["a prefix twice", '"or*"', '"or*"', "4:25", "1.startChannels.0"],
  ["a name and itself as a prefix", '"orders*"', "orders", "4:25", "1.startChannels.0"],
])("%s on two targets is refused once", async (_, first, second, where, key) => {
  const text = `cases:
  DEAD:
    - { startChannels: [${first}], on: backup-1 }
    - { startChannels: [${second}], on: backup-2 }
  ${live}`;
  const problems = await problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(`flow.yaml:${where}: cases.DEAD.${key}: starts `);
});

test("channels may be shared out among targets, and started on the same one by many", async () => {
  const text = `cases:
  DEAD:
    - { startChannels: ["or*", invoices], on: backup-1 }
    - { startChannels: [o, "in*"], on: backup-2 }
  CLOSE:
    - { startChannels: [orders, "*"], on: backup-1 }
  ${live}`;
  const alone = text.replace('"in*"', '"im*"').replace('orders, "*"', "orders, invoices");
  expect(await problemsOf(alone)).toEqual([]);
  // The same file with overlaps: what it is refused for is the overlap.
  expect(await problemsOf(text)).not.toEqual([]);
});

test("LIVE can start nothing: it gives the channels back", async () => {
  const text = `cases:
  DEAD:
    - { startChannels: [orders], on: backup-1 }
  LIVE:
    - { stopChannels: [orders], on: backup-1 }
    - { startChannels: [catch-up], on: backup-1 }
`;
  expect(await problemsOf(text)).toEqual([
    "flow.yaml:6:9: cases.LIVE.1.startChannels: " +
      "LIVE gives the channels back, so it can start none on a backup (rule 5.5)",
  ]);
});

test("a case that LIVE picks only for a failback can start nothing either", async () => {
  const text = `switch: "if (/signal/@reason = 'failback') then 'home' else /signal"
cases:
  DEAD:
    - { startChannels: [orders], on: backup-1 }
  LIVE:
    - { stopChannels: [orders], on: backup-1 }
  home:
    - { stopChannels: [orders], on: backup-1 }
    - { startChannels: [catch-up], on: backup-1 }
`;
  expect(await problemsOf(text)).toEqual([
    expect.stringMatching(/^flow.yaml:9:9: cases.home.1.startChannels: LIVE gives /),
  ]);
});

test("a default that stands in for LIVE can start nothing", async () => {
  const text = `cases:
  default:
    - { stopChannels: [orders], on: backup-1 }
    - { startChannels: [orders], on: backup-1 }
`;
  expect(await problemsOf(text)).toEqual([
    expect.stringMatching(/^flow.yaml:4:9: cases.default.1.startChannels: LIVE gives /),
  ]);
});

test("thousands of names are looked through at once", async () => {
  const names = Array.from({ length: 6000 }, (_, index) => index.toString(36)).join(",");
  const text = `cases:
  DEAD: [{ startChannels: [${names}], on: backup-1 }, { startChannels: ["*"], on: backup-2 }]
`;
  const beganMs = performance.now();
  await problemsOf(text);
  expect(performance.now() - beganMs).toBeLessThan(5000);
});

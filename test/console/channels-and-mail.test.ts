// The pages of channels and mail against real services: deployed, followed, stopped and undeployed
// in the browser; a mail as it was sent, and a test of the way.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withinMs } from "../e2e/bed.fixture.ts";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { type ConsoleBed, openConsoleBed, operatorName } from "./console-bed.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { act, goTo, openAction, patience, send, signIn } from "./page-steps.fixture.ts";

let consoleBed: ConsoleBed;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  [consoleBed, chromium] = await Promise.all([openConsoleBed(), openChromium()]);
  window = await chromium.open(`${consoleBed.url}/#/channels`);
  await signIn(window.page, consoleBed.token);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await consoleBed?.[Symbol.asyncDispose]();
});

// As long as a name may be, with a voice on both outputs.
const name = `talker-${"x".repeat(56)}`;
const program = "while :; do echo tick; echo oops >&2; sleep 0.05; done";
const definition = (command: string) => `channels:
  - name: ${name}
    process:
      command: ${command}
    stop: { timeout: 500ms }
`;

const text = (selector: string) => window.page.locator(selector).innerText(patience);

test("channels are told by their server, and whether the other side has the same", async () => {
  const { page } = window;
  const row = (server: string, channel: string) =>
    `[data-channels-of=${server}] [data-channel=${channel}]`;
  await expect.poll(() => text(row("primary-1", "orders")), patience).toContain("STARTED");
  expect(await text(row("primary-1", "orders"))).toContain("equal on backup-1");
  expect(await text(row("backup-1", "orders"))).toMatch(/STOPPED\s+INACTIVE/);
  expect(await text(row("backup-1", "reports"))).toContain("local");
  await page.fill("#filter-text", "rep");
  await expect.poll(() => page.locator("tr[data-channel]").count(), patience).toBe(1);
  await page.fill("#filter-text", "");
  expect(await findBarriers(page)).toEqual([]);
});

test("what is wrong with a definition is shown at its line, and nothing is deployed", async () => {
  const { page } = window;
  await page.selectOption("#filter-on", "backup-1");
  const dialog = await openAction(page, "deploy");
  await dialog.locator("[name=yaml]").fill(`${definition("[sh]")}    retries: 3\n`);
  const shape = await send(dialog, { reason: "a voice" });
  expect(shape).toMatch(/line 6: channels\.0\.retries no such key/);
  expect(await dialog.locator(".yaml-lines .is-wrong").innerText()).toBe("6");
  // This one the channels service finds.
  await dialog.locator("[name=yaml]").fill(definition("[]"));
  expect(await send(dialog, {})).toMatch(/line 4: definition\.process\.command must be a program/);
  expect((await consoleBed.bed.servers.channels("backup")).has(name)).toBe(false);
  await dialog.locator("[name=yaml]").fill(definition(JSON.stringify(["sh", "-c", program])));
  expect(await send(dialog, {})).toContain(name);
});

test("output comes as it is written, from both voices, and stands still on demand", async () => {
  const { page } = window;
  await page.click(`tr[data-channel=${name}] a`);
  const count = async () => Number(await page.locator(".log").getAttribute("data-lines"));
  await expect.poll(count, patience).toBeGreaterThan(10);
  const before = await count();
  await expect.poll(count, patience).toBeGreaterThan(before + 5);
  await expect
    .poll(() => page.locator(".log [data-source=stderr]").first().innerText(), patience)
    .toContain("stderr oops");
  await page.getByRole("button", { name: "Pause" }).click();
  const held = await count();
  await expect
    .poll(() => text("section[aria-labelledby=log] output"), patience)
    .toMatch(/Paused, \d\d/);
  expect(await count()).toBe(held);
  await page.getByRole("button", { name: "Follow" }).click();
  await expect.poll(count, patience).toBeGreaterThan(held);
  expect(await findBarriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a channel is stopped, started and undeployed by who has signed in", async () => {
  const { page, problems } = window;
  const { servers } = consoleBed.bed;
  const untilIs = (activity: Activity | undefined) =>
    servers.waitFor("the channel as asked for", withinMs, async () => {
      return (await servers.channels("backup")).get(name)?.activity === activity;
    });
  const stopped = await act(page, "stop", { reason: "too loud", word: "backup-1" });
  expect(stopped).toContain("STOPPED");
  await untilIs(Activity.ACTIVITY_STOPPED);
  expect(await act(page, "start", { reason: "too quiet" })).toContain("STARTED");
  await untilIs(Activity.ACTIVITY_STARTED);
  expect(await act(page, "undeploy", { reason: "enough", word: name })).toContain("is gone");
  await untilIs(undefined);
  await expect.poll(() => text("article"), patience).toContain("is not deployed on backup-1");
  // Channels services keep no history of wishes: the console's log says who had them.
  const log = readFileSync(join(servers.folder, "logs", "console.log"), "utf8");
  for (const action of ["deploy channels", "stop channels", "start channels", "undeploy channel"]) {
    const line = log.split("\n").find((each) => each.includes(`"${action}"`));
    expect(line, action).toContain(`"${operatorName}"`);
  }
  expect(problems.filter((each) => !each.includes("status of 40"))).toEqual([]);
});

test("a mail is shown as it was sent, its HTML in a frame that can do nothing", async () => {
  const { page } = window;
  await goTo(page, "#/mail");
  await page.click("[data-key] a", patience);
  await expect.poll(() => text("[data-message]"), patience).toMatch(/SENT[^]*ops@example\.org/);
  expect(await text(".mail-text")).toMatch(/Signal\s+LIVE/);
  await page.getByRole("button", { name: "HTML" }).click();
  const frame = page.frameLocator("iframe.mail-html");
  await expect.poll(() => frame.locator("h1").innerText(), patience).toContain("LIVE");
  expect(await page.locator("iframe.mail-html").getAttribute("sandbox")).toBe("");
  // Nor can it when it is opened by itself.
  const policy = await page.evaluate(async () => {
    const address = document.querySelector("iframe")?.src ?? "";
    return (await fetch(address)).headers.get("content-security-policy");
  });
  expect(policy).toMatch(/^sandbox; default-src 'none'; /);
  const origin = await frame.locator("body").evaluate(() => globalThis.origin);
  expect(origin).toBe("null");
  expect(await findBarriers(page)).toEqual([]);
});

test("a test goes the way of every mail, and is seen to arrive", async () => {
  const { page } = window;
  // Away from the frame: Chromium sends a click after a scroll to where the frame was before.
  await goTo(page, "#/mail");
  const dialog = await openAction(page, "test-mail");
  await dialog.locator("[name=to]").fill("nobody at all");
  await dialog.locator("button[type=submit]").click();
  expect(await dialog.locator("[name=to]:invalid").count()).toBe(1);
  await dialog.locator("[name=to]").fill("anna@example.org");
  expect(await send(dialog, {})).toContain("in the outbox");
  const first = page.locator("[data-key]").first();
  await expect.poll(() => first.innerText(), patience).toMatch(/SENT[^]*test[^]*anna@example\.org/);
  const { mails } = consoleBed.bed.servers.mailbox;
  expect(mails.some(({ subject }) => subject === "[Hot Backup] test")).toBe(true);
});

test("nothing was complained about but what was wrong with the definitions", () => {
  expect(window.problems.filter((each) => !each.includes("status of 400"))).toEqual([]);
});

// Every action, done in the browser by somebody who has signed in, and found in the history of the
// monitor, or at its service, with the name and the reason.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { HistoryEntry } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { untilRunningOn, watchedServer, withinMs } from "../e2e/bed.fixture.ts";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { type ConsoleBed, openConsoleBed, operatorName } from "./console-bed.fixture.ts";
import { findBarriers } from "./page-checks.fixture.ts";
import { act, goTo, openAction, patience, send, signIn } from "./page-steps.fixture.ts";

let consoleBed: ConsoleBed;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  // No signal of a busy machine may come between two actions.
  const patient = watchedServer({ threshold: "4s" });
  [consoleBed, chromium] = await Promise.all([openConsoleBed(patient), openChromium()]);
  window = await chromium.open(`${consoleBed.url}/#/server/primary-1`);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await consoleBed?.[Symbol.asyncDispose]();
});

const offered = () =>
  window.page
    .locator(".server-page [data-action]")
    .evaluateAll((all) => all.map((each) => each.dataset["action"]));

/** Waits until the monitor has this reason in its history, and returns that entry. */
async function untilInHistory(reason: string): Promise<HistoryEntry> {
  const { monitor } = consoleBed.bed.servers;
  return consoleBed.bed.servers.waitFor(`"${reason}" in the history`, withinMs, async () => {
    const request = { serverId: "primary-1", signalId: 0n, falseDeadPerYear: 0 };
    const options = { what: "Cannot explain", deadlineMs: withinMs };
    const { history } = await call(monitor.explainServer.bind(monitor), request, options);
    return history.find(({ actor }) => actor?.reason === reason);
  });
}

async function activityOf(role: "primary" | "backup", name: string) {
  return (await consoleBed.bed.servers.channels(role)).get(name)?.activity;
}

test("who has not signed in sees the buttons, and why they are off", async () => {
  const { page } = window;
  const button = page.locator('[data-action="switchover"]');
  await button.waitFor(patience);
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  expect(await page.locator("[data-why-off]").innerText()).toContain("sign in as an operator");
  await button.click({ force: true });
  expect(await page.locator("dialog.action").count()).toBe(0);
});

test("a wrong token is refused with what to do, and the right one signs in", async () => {
  const { page } = window;
  await page.click("[data-sign-in]");
  await page.fill("dialog input[name=token]", "not the token");
  await page.click("dialog form button[type=submit]");
  await expect
    .poll(() => page.locator("dialog .refusal").innerText(), patience)
    .toContain("What to do");
  await page.keyboard.press("Escape");
  await signIn(page, consoleBed.token);
  expect(await page.locator("[data-person]").getAttribute("data-person")).toBe(operatorName);
  expect(await page.locator("[data-why-off]").count()).toBe(0);
});

test("a switchover says what will happen, and wants a reason and the server's id", async () => {
  const { page } = window;
  expect(await offered()).toEqual(["switchover", "drill", "set-maintenance"]);
  const dialog = await openAction(page, "switchover");
  const preview = dialog.locator(".preview");
  await expect
    .poll(() => preview.innerText(), patience)
    .toMatch(/orders, invoices|orders.*invoices/);
  expect(await findBarriers(page)).toEqual([]);
  await dialog.locator("[name=reason]").fill("to see it move");
  await dialog.locator("[name=word]").fill("backup-1");
  await dialog.locator("button[type=submit]").click();
  // Nothing was sent: the browser itself asks for the right word.
  expect(await dialog.locator("[name=word]:invalid").count()).toBe(1);
  const told = await send(dialog, { word: "primary-1" });
  expect(told).toContain("The switchover has begun");
  await untilRunningOn(consoleBed.bed, "backup");
  expect(await untilInHistory("to see it move")).toMatchObject({ actor: { name: operatorName } });
});

test("a failback brings the channels home", async () => {
  const { page } = window;
  await expect.poll(offered, patience).toEqual(["failback", "drill", "set-maintenance"]);
  expect(await act(page, "failback", { reason: "back home", word: "primary-1" })).toContain(
    "failback",
  );
  await untilRunningOn(consoleBed.bed, "primary");
  expect((await untilInHistory("back home")).actor?.name).toBe(operatorName);
  await page.waitForSelector(`[data-actor=${operatorName}]`, patience);
});

test("maintenance begins with its end, and ends", async () => {
  const { page } = window;
  await expect.poll(offered, patience).toContain("set-maintenance");
  const dialog = await openAction(page, "set-maintenance");
  await dialog.locator("[name=expiry]").selectOption("7200000");
  expect(await send(dialog, { reason: "new disk" })).toContain("Maintenance has begun");
  const { maintenance } = await consoleBed.bed.servers.server();
  expect(maintenance).toMatchObject({ owner: operatorName, reason: "new disk" });
  const spanMs = (maintenance?.until?.getTime() ?? 0) - (maintenance?.since?.getTime() ?? 0);
  expect(spanMs).toBe(7_200_000);
  await expect.poll(offered, patience).toEqual(["drill", "clear-maintenance"]);
  await act(page, "clear-maintenance", { reason: "disk is in" });
  expect((await untilInHistory("disk is in")).actor?.name).toBe(operatorName);
  expect((await consoleBed.bed.servers.server()).maintenance).toBeUndefined();
});

test("a shadow drill tells whether a takeover would work, and is listed", async () => {
  const { page } = window;
  const told = await act(page, "drill", { reason: "would it work" });
  expect(told).toMatch(/A drill would (?:pass|fail)/);
  await page.waitForSelector("[data-drill]", patience);
  expect(await page.locator("[data-drill]").innerText()).toContain(
    `${operatorName}: would it work`,
  );
});

test("an action that its service refuses says why, and what to do", async () => {
  const { page } = window;
  const dialog = await openAction(page, "switchover");
  await dialog.locator("button[type=submit]:enabled").waitFor(patience);
  // Somebody else was faster.
  const { monitor } = consoleBed.bed.servers;
  const actor = { name: "ben", reason: "work" };
  const request = { serverId: "primary-1", actor, expiry: undefined };
  const options = { what: "Cannot set maintenance", deadlineMs: withinMs };
  await call(monitor.setMaintenance.bind(monitor), request, options);
  const told = await send(dialog, { reason: "too late", word: "primary-1" });
  expect(told).toMatch(/refused: Cannot switch.*over[^]*maintenance[^]*What to do/);
  await page.keyboard.press("Escape");
  await call(monitor.clearMaintenance.bind(monitor), request, options);
});

test("an operator's word is asked for when the gate waits for a silent target", async () => {
  const { page } = window;
  const { backup, primary } = consoleBed.bed.servers;
  await primary.kill();
  await untilRunningOn(consoleBed.bed, "backup");
  await backup.killService("channels");
  primary.start();
  await expect.poll(offered, { timeout: 2 * withinMs }).toContain("confirm-stopped");
  const told = await act(page, "confirm-stopped", { reason: "I cut its power", word: "backup-1" });
  expect(told).toContain("backup-1 counts as stopped");
  expect((await untilInHistory("I cut its power")).actor?.name).toBe(operatorName);
  await untilRunningOn(consoleBed.bed, "primary");
  expect(await activityOf("primary", "orders")).toBe(Activity.ACTIVITY_STARTED);
});

test("who signs out may look on, and not act", async () => {
  const { page } = window;
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForSelector("[data-sign-in]", patience);
  await goTo(page, "#/channels");
  await page.waitForSelector("[data-why-off]", patience);
  expect(await page.locator('[data-action]:not([aria-disabled="true"])').count()).toBe(0);
});

test("nothing was complained about but refusals", () => {
  expect(window.problems.filter((each) => !/status of 40[019]/.test(each))).toEqual([]);
});

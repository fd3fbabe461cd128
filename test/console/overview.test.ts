// The overview against real services: normal operation, a failover watched live, and how long a
// signal takes to the screen.

import { afterAll, beforeAll, expect, test } from "vitest";
import { untilRunningOn, watchedServer, withinMs } from "../e2e/bed.fixture.ts";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { type ConsoleBed, openConsoleBed } from "./console-bed.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";

const patience = { timeout: withinMs };

let consoleBed: ConsoleBed;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  const slow = watchedServer({ threshold: "2s", lease: "1500ms" });
  [consoleBed, chromium] = await Promise.all([openConsoleBed(slow), openChromium()]);
  window = await chromium.open(consoleBed.url);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await consoleBed?.[Symbol.asyncDispose]();
});

const box = (role: "primary" | "backup") => `[data-server=primary-1] [data-box=${role}]`;

/** What the channels in a box do, by the words on the screen. */
async function activitiesIn(role: "primary" | "backup"): Promise<string[]> {
  const lines = await window.page.locator(`${box(role)} [data-channel]`).all();
  return Promise.all(
    lines.map(async (each) => {
      const name = await each.locator(".name").innerText();
      return `${name} ${(await each.locator(".mark").innerText()).trim()}`;
    }),
  );
}

test("in normal operation the primary runs its channels, and the backup keeps them", async () => {
  await expect
    .poll(() => activitiesIn("primary"), patience)
    .toEqual(["invoices STARTED", "orders STARTED"]);
  expect(await activitiesIn("backup")).toEqual([
    "invoices STOPPED",
    "orders STOPPED",
    "reports STARTED",
  ]);
  const { page } = window;
  expect(await page.locator("[data-state]").getAttribute("data-state")).toBe("LIVE");
  expect(await page.locator(`${box("primary")} .has`).innerText()).toBe("has the channels");
  expect(
    await page
      .locator(`${box("backup")} .activation`)
      .first()
      .innerText(),
  ).toBe("INACTIVE");
});

test("heartbeats are counted and their round trip is told", async () => {
  const line = window.page.locator("[data-server=primary-1] .line");
  await expect.poll(() => line.innerText(), patience).toMatch(/\d\.\d\/s/);
  await expect.poll(() => line.innerText(), patience).toMatch(/Round trip\s+\d.*m?s/);
  await expect.poll(() => line.innerText(), patience).toMatch(/\d s to DEAD/);
});

test("nobody meets a barrier, and a phone shows it all without scrolling sideways", async () => {
  const { page } = window;
  expect(await findBarriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a failover is seen as it happens", async () => {
  const { page } = window;
  await consoleBed.bed.servers.primary.kill();
  await page.waitForSelector("[data-server=primary-1] [data-state=DEAD]", patience);
  await expect
    .poll(() => activitiesIn("backup"), patience)
    .toEqual(["invoices STARTED", "orders STARTED", "reports STARTED"]);
  // The primary's own word is old: nothing of it is told as if it held.
  expect(await activitiesIn("primary")).toEqual(["invoices UNKNOWN", "orders UNKNOWN"]);
  await expect
    .poll(() => page.locator(`${box("backup")} .has`).innerText())
    .toBe("has the channels");
  expect(await page.title()).toMatch(/^✕ 1 DEAD/);
  expect(await page.locator("[data-trouble=bad]").allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining("DEAD")]),
  );
});

test("and so is the way back", async () => {
  consoleBed.bed.servers.primary.start();
  await window.page.waitForSelector("[data-server=primary-1] [data-state=LIVE]", patience);
  await untilRunningOn(consoleBed.bed, "primary");
  await expect
    .poll(() => activitiesIn("primary"), patience)
    .toEqual(["invoices STARTED", "orders STARTED"]);
});

test("a signal is on the screen within a quarter of a second", async () => {
  // One more of each, so that one late turn of a busy machine does not count.
  await consoleBed.bed.servers.primary.stop();
  await window.page.waitForSelector("[data-state=CLOSED]", patience);
  consoleBed.bed.servers.primary.start();
  await window.page.waitForSelector("[data-state=LIVE]", patience);
  const signals = await consoleBed.bed.servers.signals();
  const delaysMs: number[] = [];
  // The first was there before the page.
  for (const { signalId, at } of signals.slice(1)) {
    const line = window.page.locator(`[data-signal-id="${signalId}"][data-drawn-at-ms]`);
    await line.waitFor(patience);
    const drawnAtMs = Number(await line.getAttribute("data-drawn-at-ms"));
    delaysMs.push(drawnAtMs - (at?.getTime() ?? 0));
  }
  expect(delaysMs.length).toBeGreaterThanOrEqual(4);
  const middle = delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length / 2)];
  expect(middle, delaysMs.join(", ")).toBeLessThan(250);
});

test("a gateway that is killed is missed, and found again", async () => {
  const { page } = window;
  await consoleBed.killGateway();
  await page.waitForSelector(".lost[data-contact=lost]", patience);
  await consoleBed.startGateway();
  await page.waitForSelector("[data-contact=open]", patience);
  expect(await page.locator("[data-state]").getAttribute("data-state")).toBe("LIVE");
});

test("nobody but the network is complained about", () => {
  expect(window.problems.filter((each) => !each.includes("net::ERR_"))).toEqual([]);
});

// The page of a server and the timeline of signals against real services: the flow as it is, a
// failover that lights it step by step, and why everything was decided.

import { afterAll, beforeAll, expect, test } from "vitest";
import { untilRunningOn, watchedServer, withinMs } from "../e2e/bed.fixture.ts";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { type ConsoleBed, openConsoleBed } from "./console-bed.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { goTo, patience } from "./page-steps.fixture.ts";

/** A line that goes straight down has no width, and is no less there. */
const lit = { state: "attached", ...patience } as const;

let consoleBed: ConsoleBed;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  // Each signal counts here, so that none may come of a busy machine.
  const patient = watchedServer({ threshold: "4s" });
  [consoleBed, chromium] = await Promise.all([openConsoleBed(patient), openChromium()]);
  window = await chromium.open(`${consoleBed.url}/#/server/primary-1`);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await consoleBed?.[Symbol.asyncDispose]();
});

/** Names of the lines of the graph that are lit. */
async function litEdges(): Promise<string[]> {
  const lines = await window.page.locator(".flow-line.is-lit").all();
  const names = await Promise.all(lines.map((each) => each.getAttribute("data-edge")));
  return names.map((each) => each ?? "");
}

const text = (selector: string) => window.page.locator(selector).innerText(patience);

test("the flow is drawn as the monitor has it, with the last run lit to its end", async () => {
  const { page } = window;
  await page.waitForSelector('.flow-line[data-edge="step 1 1"].is-lit', lit);
  expect(await page.locator(".flow-case strong").allInnerTexts()).toEqual([
    "DEAD",
    "LIVE",
    "CLOSE",
  ]);
  expect(await text(".flow-switch")).toContain("/signal");
  // The run that the first heartbeat began.
  expect(await litEdges()).toEqual(["LIVE", "case 1", "step 1 0", "step 1 1"]);
  await expect
    .poll(() => page.locator("[data-run]").getAttribute("data-run-state"), patience)
    .toBe("FINISHED");
});

test("what is known, what comes next, and what a takeover would fail of is told", async () => {
  expect(await text("h1")).toMatch(/primary-1\s+LIVE/);
  const why = () => text('[aria-labelledby="why"]');
  await expect.poll(why, patience).toContain("threshold_passed");
  await expect.poll(why, patience).toMatch(/Last gaps between good heartbeats\s+0\.\d\d s, /);
  const now = await text('[aria-labelledby="facts"]');
  expect(now).toMatch(/Lease\s+held under term \d/);
  expect(now).toMatch(/DEAD in\s+\d\.\d\d? s/);
  expect(now).toMatch(/Threshold\s+4 s/);
  await expect.poll(() => text('[aria-labelledby="readiness"]'), patience).toContain("READY");
});

test("nobody meets a barrier, and a phone shows it all without scrolling sideways", async () => {
  const { page } = window;
  expect(await findBarriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  // The graph is laid anew for its place.
  await expect
    .poll(() => page.locator(".flow-canvas > svg").getAttribute("width"))
    .toMatch(/^[23]\d\d$/);
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  expect(await findBarriers(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a failover lights its way step by step, with what each channel came to", async () => {
  const { page } = window;
  await consoleBed.bed.servers.primary.kill();
  await page.waitForSelector('.flow-line[data-edge="case 0"].is-lit', lit);
  await page.waitForSelector('.flow-step[data-step="0"][data-state=DONE]', patience);
  await page.waitForSelector('.steps [data-step="1"][data-state=DONE]', patience);
  expect(await litEdges()).toEqual(["DEAD", "case 0", "step 0 0", "step 0 1"]);
  const results = await page.locator('.steps [data-step="0"] [data-channel]').allInnerTexts();
  expect(results.map((each) => each.trim().replaceAll(/\s+/g, " "))).toEqual([
    "STARTED invoices",
    "STARTED orders",
  ]);
  await expect.poll(() => text("h1"), patience).toMatch(/primary-1\s+DEAD/);
  await expect.poll(() => text('[aria-labelledby="history"]'), patience).toContain("DEAD");
});

test("an older run is lit when it is picked, and the address names it", async () => {
  const { page } = window;
  await page.click("details.runs summary");
  const runs = page.locator("details.runs li a");
  await expect.poll(() => runs.count(), patience).toBe(2);
  await runs.last().click();
  await expect.poll(litEdges, patience).toEqual(["LIVE", "case 1", "step 1 0", "step 1 1"]);
  expect(page.url()).toContain("run=");
  await runs.first().click();
  await expect.poll(litEdges, patience).toContain("DEAD");
});

test("the timeline has each signal with its evidence; new ones come by themselves", async () => {
  const { page } = window;
  await goTo(page, "#/signals");
  const words = () =>
    page.locator("[data-signal]").evaluateAll((all) => all.map((each) => each.dataset["word"]));
  await expect.poll(words, patience).toEqual(["DEAD", "LIVE"]);
  consoleBed.bed.servers.primary.start();
  await expect.poll(words, patience).toEqual(["LIVE", "DEAD", "LIVE"]);
  await page.selectOption("#filter-signal", "DEAD");
  await expect.poll(words, patience).toEqual(["DEAD"]);
  expect(page.url()).toContain("signal=DEAD");
  await page.click("[data-signal] summary");
  await expect.poll(() => text("[data-decision]"), patience).toMatch(/threshold_passed in LIVE/);
  expect(await text("[data-decision]")).toMatch(/Gaps before it\s+0\.\d\d s/);
  expect(await text("[data-decision]")).toContain("</signal>");
  expect(await findBarriers(page)).toEqual([]);
});

test("a signal leads to the run that it began", async () => {
  const { page } = window;
  await page.click("[data-signal] a:has-text('its run')");
  await expect.poll(litEdges, patience).toContain("DEAD");
  await untilRunningOn(consoleBed.bed, "primary");
});

test("a server that nobody watches is told from one that is not known yet", async () => {
  await goTo(window.page, "#/server/nobody");
  await expect.poll(() => text("h1"), { timeout: withinMs }).toContain("No monitor watches nobody");
  expect(await window.page.locator(".empty a").allInnerTexts()).toEqual(["primary-1"]);
});

test("nothing was complained about", () => {
  expect(window.problems).toEqual([]);
});

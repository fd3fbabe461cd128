// Five hundred servers, each heard four times a second, in a real browser.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { overflowPx } from "./page-checks.fixture.ts";
import { startSyntheticGateway, type SyntheticGateway } from "./synthetic-gateway.fixture.ts";

const tiles = "li[data-server]";

let gateway: SyntheticGateway;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([startSyntheticGateway("many"), openChromium()]);
  window = await chromium.open(gateway.url);
  await window.page.waitForSelector(tiles);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

test("the main thread is busy for less than a third of its time", async () => {
  const session = await window.page.context().newCDPSession(window.page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busyAndNow = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((each) => each.name === name)?.value ?? Number.NaN;
    return { busyS: of("TaskDuration"), atMs: performance.now() };
  };
  const before = await busyAndNow();
  // Twelve beats of the gateway.
  await expect
    .poll(() => performance.now() - before.atMs, { timeout: 10_000 })
    .toBeGreaterThan(3000);
  const after = await busyAndNow();
  const share = ((after.busyS - before.busyS) * 1000) / (after.atMs - before.atMs);
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(0.3);
});

test("all servers are there, the worst first", async () => {
  const { page } = window;
  expect(await page.locator(tiles).count()).toBe(500);
  const states = await page.locator(`${tiles} .mark`).allTextContents();
  expect(states.slice(0, 15)).toEqual([...Array(6).fill("DEAD"), ...Array(9).fill("WAITING")]);
  expect(new Set(states.slice(15))).toEqual(new Set(["LIVE"]));
});

test("the tab tells how many are dead", async () => {
  expect(await window.page.title()).toBe("✕ 6 DEAD · Overview · Hot Backup");
});

test("a filter is typed after one key, and is part of the address", async () => {
  const { page } = window;
  await page.keyboard.press("/");
  await page.keyboard.type("server-0 dead");
  await expect.poll(() => page.locator(tiles).count()).toBe(1);
  expect(page.url()).toContain("filter=server-0+dead");
  await page.locator("[data-filter]").fill("");
  await expect.poll(() => page.locator(tiles).count()).toBe(500);
});

test("the grid is one stop for Tab, and arrows walk through it", async () => {
  const { page } = window;
  await page.locator("[data-filter]").focus();
  await page.keyboard.press("Tab");
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest("li")?.dataset["server"]);
  expect(await focused()).toBe("server-014");
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toBe("server-111");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toBe("server-111");
  await page.keyboard.press("End");
  expect(await focused()).toBe("server-500");
  expect(await page.locator(`${tiles} a[tabindex="0"]`).count()).toBe(1);
});

test("a phone shows them without scrolling sideways", async () => {
  const { page } = await chromium.open(gateway.url, { width: 360, scheme: "dark" });
  await page.waitForSelector(tiles);
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
});

test("the browser has nothing to complain about", () => {
  expect(window.problems).toEqual([]);
});

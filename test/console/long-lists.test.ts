// As many channels as a server takes, with names as long as they may be, in a real browser.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { goTo, patience } from "./page-steps.fixture.ts";
import { startSyntheticGateway, type SyntheticGateway } from "./synthetic-gateway.fixture.ts";

const rows = "[data-channels-of=primary-1] tr[data-channel]";

let gateway: SyntheticGateway;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([startSyntheticGateway("long"), openChromium()]);
  window = await chromium.open(`${gateway.url}/#/channels`);
  await window.page.waitForSelector(rows, patience);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

test("a thousand channels are listed in portions, and found by a filter", async () => {
  const { page } = window;
  expect(await page.locator(rows).count()).toBe(150);
  await page.click("[data-channels-of=primary-1] button:has-text('850 more')");
  await expect.poll(() => page.locator(rows).count(), patience).toBe(300);
  await page.fill("#filter-text", "channel-0999");
  await expect.poll(() => page.locator(rows).count(), patience).toBe(1);
  await page.fill("#filter-text", "");
});

test("what would not be the same on the other side is found among them", async () => {
  const { page } = window;
  await page.selectOption("#filter-kind", "trouble");
  await expect.poll(() => page.locator(rows).count(), patience).toBe(10);
  expect(await page.locator(rows).first().innerText()).toContain("differs on backup-1");
  await page.selectOption("#filter-kind", "all");
});

test("a phone shows names of any length without scrolling sideways", async () => {
  const { page } = window;
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  await goTo(page, `#/channels/primary-1?text=channel-0000&channel=channel-0000-${"x".repeat(50)}`);
  await page.waitForSelector("[data-detail]", patience);
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  expect(await findBarriers(page)).toEqual([]);
});

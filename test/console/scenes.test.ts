// A scene of trouble that is hard to bring about: what the overview says, and that it can be used
// by everybody, in light and dark, on a desk and on a phone, and by keyboard alone.

import type { Locator } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { startSyntheticGateway, type SyntheticGateway } from "./synthetic-gateway.fixture.ts";

const patience = { timeout: 60_000 };

let gateway: SyntheticGateway;
let chromium: Chromium;
let window: Window;
let troubles: Locator;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([startSyntheticGateway("trouble"), openChromium()]);
  window = await chromium.open(gateway.url);
  troubles = window.page.locator("[data-trouble]");
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});
beforeEach(() => troubles.first().waitFor(patience));

test("the first stop of a keyboard is the content, and ? lists the keys", async () => {
  const { page } = window;
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor(patience);
  expect(await findBarriers(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden", ...patience });
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect.poll(() => page.url(), patience).toContain("#/signals");
  await page.keyboard.press("g");
  await page.keyboard.press("o");
});

test("what an operator must not miss is on top, the worst first", async () => {
  await window.page.getByRole("button", { name: /^Show \d+ more$/ }).click();
  const said = (await troubles.allInnerTexts()).join("\n");
  for (const bad of ["DEAD", "OVERRIDE by anna", "SILENT: monitor", "FAILED: channel orders"]) {
    expect(said).toContain(bad);
  }
  for (const other of ["A takeover would fail now", "FAILBACK HELD", "MAINTENANCE by anna"]) {
    expect(said).toContain(other);
  }
  const severities = await troubles.evaluateAll((found) =>
    found.map((each) => each.getAttribute("data-trouble")),
  );
  const ranks = severities.map((each) => ["bad", "warn", "note"].indexOf(each ?? ""));
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  expect(new Set(ranks)).toEqual(new Set([0, 1, 2]));
});

test("a server whose monitor is silent is shown as unknown", async () => {
  const tile = await window.page.locator("li[data-server=primary-5]").innerText();
  expect(tile).toContain("UNKNOWN");
  expect(tile).not.toMatch(/^LIVE/m);
});

test.each([
  [1440, "light"],
  [768, "dark"],
  [360, "light"],
  [360, "dark"],
] as const)("nobody meets a barrier at %d pixels, %s", async (width, colorScheme) => {
  const { page } = window;
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  expect(await findBarriers(page)).toEqual([]);
});

test("a reader who chooses the dark has it, and keeps it", async () => {
  const { page } = window;
  await page.emulateMedia({ colorScheme: "light" });
  const paper = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.keyboard.press("t");
  expect(await paper()).toBe(light);
  await page.keyboard.press("t");
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.reload();
  await troubles.first().waitFor(patience);
  expect(await paper()).toBe(dark);
});

test("the browser has nothing to complain about", () => {
  expect(window.problems).toEqual([]);
});

// A gateway that goes away and comes back, and what the page says meanwhile.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Chromium, openChromium, type Window } from "./chromium.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { startSyntheticGateway, type SyntheticGateway } from "./synthetic-gateway.fixture.ts";

const withinMs = 20_000;
const lost = ".lost[data-contact=lost]";

let gateway: SyntheticGateway;
let chromium: Chromium;
let window: Window;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([startSyntheticGateway("pair"), openChromium()]);
  window = await chromium.open(gateway.url);
  await window.page.waitForSelector("[data-state=LIVE]");
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

test("within a second of the gateway's end the page says that the connection is lost", async () => {
  const { page } = window;
  const port = Number(new URL(page.url()).port);
  const takenMs: number[] = [];
  // The middle of three: a busy machine may delay any one of them.
  for (let round = 0; round < 3; round += 1) {
    if (round > 0) gateway = await startSyntheticGateway("pair", port);
    await page.waitForSelector("[data-contact=open]", { timeout: withinMs });
    const lostAtMs = page.evaluate(whenLost);
    const killedAtMs = Date.now();
    await gateway.kill();
    takenMs.push((await lostAtMs) - killedAtMs);
  }
  expect(takenMs.toSorted((a, b) => a - b)[1]).toBeLessThan(1000);
});

test("then nothing is shown as if it still held, and its age is told", async () => {
  const { page } = window;
  expect(await page.locator(lost).innerText()).toMatch(/All you see is \d.* s old/);
  const looks = await page.locator("[data-state=LIVE]").evaluate((state) => ({
    filter: getComputedStyle(state.closest(".content > *") ?? state).filter,
    says: getComputedStyle(state.querySelector(".mark") ?? state, "::before").content,
  }));
  expect(looks).toEqual({ filter: "grayscale(1)", says: '"was "' });
  expect(await page.title()).toMatch(/^✕ CONNECTION LOST/);
});

test("and nothing is concluded from a silence that is the page's own", async () => {
  const { page } = window;
  // Longer than the threshold, and than a heartbeat may take to be told.
  await expect
    .poll(async () => Number(/([\d.]+) s old/.exec(await page.locator(lost).innerText())?.[1]), {
      timeout: withinMs,
    })
    .toBeGreaterThan(3);
  const said = await page.locator("main").innerText();
  expect(said).toContain("LIVE");
  expect(said).not.toMatch(/UNKNOWN|DEAD is due|last heard/);
});

test("a page that has lost its gateway has no barrier and is no wider than a phone", async () => {
  const { page } = window;
  expect(await findBarriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
});

test("the connection comes back by itself", async () => {
  const { page } = window;
  gateway = await startSyntheticGateway("takeover", Number(new URL(page.url()).port));
  await page.waitForSelector("[data-state=DEAD]", { timeout: withinMs });
  expect(await page.locator(lost).count()).toBe(0);
});

test("nobody but the network is complained about", () => {
  expect(window.problems.filter((each) => !/net::ERR_/.test(each))).toEqual([]);
});

/** Runs in the page: the instant at which the loss is on the screen. */
function whenLost(): Promise<number> {
  return new Promise((resolve) => {
    const told = new MutationObserver(() => {
      if (document.querySelector(".lost[data-contact=lost]") === null) return;
      told.disconnect();
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    });
    told.observe(document.body, { childList: true, subtree: true });
  });
}

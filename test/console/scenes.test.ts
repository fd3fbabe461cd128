// Pictures of trouble that are hard to bring about: what the overview says, and that it can be used
// by everybody, in light and dark, on a desk and on a phone.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chromium, openChromium, type WindowOptions } from "./chromium.fixture.ts";
import { findBarriers, overflowPx } from "./page-checks.fixture.ts";
import { startSyntheticGateway, type SyntheticGateway } from "./synthetic-gateway.fixture.ts";

let chromium: Chromium;
beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
});

const views: Readonly<Record<"takeover" | "trouble", WindowOptions[]>> = {
  takeover: [
    { width: 1440, scheme: "light" },
    { width: 360, scheme: "dark" },
  ],
  trouble: [
    { width: 768, scheme: "dark" },
    { width: 360, scheme: "light" },
  ],
};

describe.each(["takeover", "trouble"] as const)("in the scene of %s", (scene) => {
  let gateway: SyntheticGateway;
  beforeAll(async () => {
    gateway = await startSyntheticGateway(scene);
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
  });

  test.each(views[scene])("nobody meets a barrier at $width pixels, $scheme", async (view) => {
    const { page, problems } = await chromium.open(gateway.url, view);
    await page.waitForSelector("[data-trouble]");
    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    expect(await findBarriers(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });
});

test("what an operator must not miss is on top, the worst first", async () => {
  const gateway = await startSyntheticGateway("trouble");
  try {
    const { page } = await chromium.open(gateway.url);
    await page.getByRole("button", { name: /^Show \d+ more$/ }).click();
    const lines = await page.locator("[data-trouble]").allInnerTexts();
    const all = lines.join("\n");
    for (const said of ["DEAD", "OVERRIDE by anna", "SILENT: monitor", "FAILED: channel orders"]) {
      expect(all).toContain(said);
    }
    for (const said of ["A takeover would fail now", "FAILBACK HELD", "MAINTENANCE by anna"]) {
      expect(all).toContain(said);
    }
    const severities = await page
      .locator("[data-trouble]")
      .evaluateAll((found) => found.map((each) => each.getAttribute("data-trouble")));
    const ranks = severities.map((each) => ["bad", "warn", "note"].indexOf(each ?? ""));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(ranks)).toEqual(new Set([0, 1, 2]));
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
});

test("a server whose monitor is silent is shown as unknown", async () => {
  const gateway = await startSyntheticGateway("trouble");
  try {
    const { page } = await chromium.open(gateway.url);
    const tile = page.locator("li[data-server=primary-5]");
    await tile.waitFor();
    expect(await tile.innerText()).toContain("UNKNOWN");
    expect(await tile.innerText()).not.toMatch(/^LIVE/m);
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
});

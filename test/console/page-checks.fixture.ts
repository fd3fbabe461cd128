// What every page of the console is held to: no barrier that axe-core finds, and no line that is
// wider than the window.

import axe from "axe-core";
import type { Page } from "playwright-core";

/** The rules of axe-core that the page breaks, each with the elements that break it. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Injected as a program of the test, which no policy of the page is about.
  await page.evaluate(axe.source);
  const found: string[] = await page.evaluate(async () => {
    const { axe: injected } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await injected.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join("  ")}`);
  });
  return found;
}

/** How many pixels the page is wider than its window. */
export function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

// Takes the pictures of docs/images from the real thing: `npm run pictures`. Two servers run, the
// primary dies and comes back, and the console is looked at meanwhile. Exits 1 when a picture could
// not be taken.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startFeeder } from "@hot-backup/testbed/feeder.ts";
import { moveToFreePorts } from "@hot-backup/testbed/ports.ts";
import { openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import type { Page } from "playwright-core";
import { type StartedConsole, startConsole } from "../demo/console.ts";
import { openChromium, type WindowOptions } from "../test/console/chromium.fixture.ts";

const images = `${import.meta.dirname}/../docs/images`;

/** Where the console of the example listens. */
const examplePort = 7500;

/** How long any one condition may take. */
const withinMs = 60_000;

/** Long enough that the line of round trips has a past. */
const calmMs = 20_000;

/** Orders and invoices. */
const filesPerSecond = 4;

const desk: WindowOptions = { width: 1280, height: 720, scale: 1.5, hasMotion: true };
const phone: WindowOptions = { width: 390, height: 780, scale: 1.5, hasMotion: true };
const dark = { scheme: "dark" } as const;

/** A picture: what is shown, and how. */
interface Shot {
  readonly name: string;
  readonly address: string;
  readonly options: WindowOptions;
  /** What must be on the screen before. */
  readonly awaited: string;
}

const live = "[data-server=primary-1] [data-state=LIVE]";
const dead = "[data-server=primary-1]:has([data-state=DEAD])";
const taken = `${dead} [data-box=backup] [data-channel=orders][data-activity=STARTED]`;

const normal: readonly Shot[] = [
  { name: "overview-light", address: "#/", options: desk, awaited: live },
  { name: "overview-dark", address: "#/", options: { ...desk, ...dark }, awaited: live },
  { name: "overview-phone", address: "#/", options: phone, awaited: live },
  { name: "channels", address: "#/channels", options: desk, awaited: "main h1" },
];

const failover: readonly Shot[] = [
  { name: "failover-light", address: "#/", options: desk, awaited: taken },
  { name: "failover-dark", address: "#/", options: { ...desk, ...dark }, awaited: taken },
  { name: "failover-phone", address: "#/", options: phone, awaited: taken },
  { name: "server", address: "#/server/primary-1", options: desk, awaited: "main h1" },
  { name: "signals", address: "#/signals", options: desk, awaited: "main h1" },
  { name: "mail", address: "#/mail", options: desk, awaited: "main h1" },
];

const folder = mkdtempSync(join(tmpdir(), "hot-backup-pictures-"));
mkdirSync(images, { recursive: true });
try {
  await takeAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function takeAll(): Promise<void> {
  const movePort = await moveToFreePorts("two-servers");
  await using bed = await openTwoServers({ folder, movePort });
  using _feeder = startFeeder(bed.exchangeFolder, filesPerSecond);
  await bed.start(withinMs);
  const gateway = await startConsole(folder, { port: movePort(examplePort) });
  try {
    await tellStory(bed, gateway);
  } finally {
    await gateway.stop();
  }
}

async function tellStory(bed: TwoServers, gateway: StartedConsole): Promise<void> {
  await using chromium = await openChromium();
  const take = async (shots: readonly Shot[], settleMs: number) => {
    for (const shot of shots) {
      const { page } = await chromium.open(gateway.url, shot.options);
      await signIn(page, gateway.token);
      await page.goto(`${gateway.url}/${shot.address}`);
      await page.waitForSelector(shot.awaited, { timeout: withinMs });
      await pause(settleMs);
      await page.screenshot({ path: join(images, `${shot.name}.png`), fullPage: true });
      await page.close();
      console.log(`docs/images/${shot.name}.png`);
    }
  };
  await take(normal, calmMs / normal.length);
  await bed.primary.kill();
  await take(failover, 2000);
}

// As the form does it; the cookie stays with the page.
async function signIn(page: Page, token: string): Promise<void> {
  const isIn = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json", "x-hot-backup-console": "1" };
    const answer = await fetch("api/sign-in", { method: "POST", headers, body });
    return answer.ok;
  }, JSON.stringify({ token }));
  if (!isIn) throw new Error("Cannot take pictures: the gateway did not let the operator in");
  await page.reload();
}

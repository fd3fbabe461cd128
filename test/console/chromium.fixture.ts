// A real Chromium for the tests of the console's page: found, or installed where that is one
// command, and driven by playwright-core. One for each test file.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";

const run = promisify(execFile);

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// It shall ask nobody but the gateway, and needs neither a sandbox in a container nor a screen.
const words = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A window with a page in it, and all that went wrong in it. */
export interface Window {
  readonly page: Page;
  /** Errors and warnings of the browser's console, and errors that nobody caught. */
  readonly problems: readonly string[];
}

export interface WindowOptions {
  /** Default 1440. */
  readonly width?: number;
  /** Default 900. */
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  /** Whether dots travel: a screen that is painted without a graphics card costs half a core. */
  readonly hasMotion?: boolean;
  /** Pixels of a picture for each of the page. Default 1. */
  readonly scale?: number;
}

/** A browser that the tests of one file share. */
export interface Chromium extends AsyncDisposable {
  open(url: string, options?: WindowOptions): Promise<Window>;
}

export async function openChromium(): Promise<Chromium> {
  const executablePath = await findChromium();
  const browser: Browser = await chromium.launch({ executablePath, args: words });
  return {
    open: async (url, options = {}) => {
      const { width = 1440, height = 900, scheme = "light", scale = 1, hasMotion } = options;
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: scheme,
        deviceScaleFactor: scale,
        reducedMotion: hasMotion === true ? "no-preference" : "reduce",
      });
      const problems: string[] = [];
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) problems.push(message.text());
      });
      await page.goto(url);
      return { page, problems };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function findChromium(): Promise<string> {
  const named = process.env["CHROMIUM"];
  if (named !== undefined) {
    if (existsSync(named)) return named;
    throw new Error(`Cannot start a browser: CHROMIUM names ${named}, which is not there`);
  }
  const found = places.find((each) => existsSync(each));
  return found ?? (await installChromium());
}

// Two files may come here at once: apt itself lets one after the other.
async function installChromium(): Promise<string> {
  const isDebian = existsSync("/etc/debian_version");
  const mayInstall = isDebian && process.getuid?.() === 0;
  const advice =
    "Cannot find Chromium, in which the page is tested: " +
    (isDebian ? "run `apt-get install -y chromium` as root" : "install Chromium or Chrome") +
    ", or set CHROMIUM to the path of one";
  if (!mayInstall) throw new Error(advice);
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  try {
    await run("apt-get", [...wait, "update"]);
    await run("apt-get", [...wait, "install", "-y", "--no-install-recommends", "chromium"]);
  } catch (cause) {
    throw new Error(`${advice}: apt-get has failed`, { cause });
  }
  const installed = places.find((each) => existsSync(each));
  if (installed === undefined) throw new Error(advice);
  return installed;
}

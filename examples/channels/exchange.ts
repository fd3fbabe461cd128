// The folders through which a channel gets and delivers its files, and the rule that keeps two
// runners apart there.
//
//   inbox/      whole files appear here by rename
//   claims/7/   files that the runner of term 7 has taken; the highest number is the present runner
//   outbox/     results, named after their inputs, that appear by rename
//   rejected/   what the process flow refused, with the reasons
//
// A runner does everything inside its own claims folder. A later term takes over by renaming that
// folder away, which is atomic: whatever the older runner tries next, a claim or an emit, finds its
// folder gone and fails. So an older term never writes over a newer one, even after it was frozen
// between two instructions for an hour.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** A later term runs this channel: this process must end. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

/** A file that belongs to this runner until its result is delivered. */
export interface Claim {
  readonly name: string;
  readonly text: string;
}

/** The folders of one channel, opened under a term. */
export interface Exchange {
  readonly term: bigint;
  /** Files left by runs that died, then files of the inbox, in the order of their names. */
  waiting(): string[];
  /**
   * Takes a file. Undefined when it is gone, or when its result is there already. Throws Fenced.
   */
  claim(name: string): Claim | undefined;
  /** Delivers the result of a claim and gives the claim up. Throws Fenced. */
  deliver(claim: Claim, into: "outbox" | "rejected", result: object): void;
}

/**
 * Opens the folders and takes over what older terms have claimed. Throws Fenced when a later term
 * is there.
 */
export function openExchange(folder: string, givenTerm: bigint | undefined): Exchange {
  const path = (...parts: string[]) => join(folder, ...parts);
  for (const each of ["inbox", "claims", "outbox", "rejected"]) {
    mkdirSync(path(each), { recursive: true });
  }
  const terms = () => readdirSync(path("claims")).map(BigInt).toSorted(ascending);
  // Without a term nobody promises a single runner, and nobody can be fenced.
  const term = givenTerm ?? terms().at(-1) ?? 0n;
  const own = (...parts: string[]) => path("claims", String(term), ...parts);

  // Create first and look afterwards: of two runners that start together at least one sees the
  // other.
  mkdirSync(own(), { recursive: true });
  if (terms().some((each) => each > term)) {
    throw new Fenced(`Cannot run under term ${term}: a later term is here`);
  }
  for (const older of terms().filter((each) => each < term)) {
    takeOver(path("claims", String(older)), { to: own(), by: own(`taken-${older}`) });
  }
  // A takeover that this very term began in an earlier life, and did not end.
  for (const taken of readdirSync(own()).filter((name) => name.startsWith("taken-"))) {
    sortIn(own(taken), own());
  }

  const fenced = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!existsSync(own()))
        throw new Fenced(`Cannot go on under term ${term}: a later term is here`);
      throw error;
    }
  };
  return {
    term,
    waiting: () => fenced(() => [...xmlFiles(own()), ...xmlFiles(path("inbox"))]),
    claim: (name) => fenced(() => claim(name, { inbox: path("inbox"), own: own(), done: path() })),
    deliver: ({ name }, into, result) =>
      fenced(() => {
        const output = outputName(name);
        // On disk before the claim goes: a power cut must not lose the only copy.
        writeFileSync(own(output), `${JSON.stringify(result, null, 2)}\n`, { flush: true });
        renameSync(own(output), path(into, output));
        rmSync(own(name));
      }),
  };
}

function claim(name: string, at: { inbox: string; own: string; done: string }): Claim | undefined {
  const claimed = join(at.own, name);
  if (!existsSync(claimed)) {
    try {
      renameSync(join(at.inbox, name), claimed);
    } catch (error) {
      if (existsSync(at.own) && !existsSync(join(at.inbox, name))) return undefined;
      throw error;
    }
  }
  // Killed between delivery and the end of the claim: the work is done, only the claim is left.
  if (["outbox", "rejected"].some((into) => existsSync(join(at.done, into, outputName(name))))) {
    rmSync(claimed);
    return undefined;
  }
  return { name, text: readFileSync(claimed, "utf8") };
}

function takeOver(older: string, into: { to: string; by: string }): void {
  renameSync(older, into.by);
  sortIn(into.by, into.to);
}

// Half-written results go, claims come along; so do those of a takeover that was itself cut short.
function sortIn(taken: string, own: string): void {
  for (const name of readdirSync(taken)) {
    if (name.startsWith("taken-")) sortIn(join(taken, name), own);
    else if (name.endsWith(".xml")) renameSync(join(taken, name), join(own, name));
  }
  rmSync(taken, { recursive: true });
}

// A name that begins with a point is still being written, by the custom of most programs.
function xmlFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".xml") && !name.startsWith("."))
    .toSorted();
}

function outputName(name: string): string {
  return `${name.slice(0, -".xml".length)}.json`;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

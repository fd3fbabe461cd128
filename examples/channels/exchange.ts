// The folders through which a channel gets and delivers its files, and the rule that keeps two
// runners apart there.
//
//   inbox/      whole files appear here by rename
//   claims/7/   files that the runner of term 7 has taken; the highest number is the present runner
//   outbox/     results, named after their inputs, that appear by rename
//   rejected/   what the process flow refused: the input as it came, and the reasons
//
// A runner does everything inside its own claims folder. A later term takes over by renaming that
// folder away, which is atomic: whatever the older runner tries next, a claim or an emit, finds its
// folder gone and fails. So an older term never writes over a newer one, even after it was frozen
// between two instructions for an hour.

import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Input, readInput, Results, writeDraft } from "./results.ts";

/** Inputs with longer names are left where they are. */
const nameBytesMax = 200;

/** A later term runs this channel: this process must end. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

/** A file that belongs to this runner until its result is delivered. */
export type Claim = Input & { readonly name: string };

/** The folders of one channel, opened under a term. */
export interface Exchange {
  readonly term: bigint;
  /** Files left by runs that died, then files of the inbox, in the order of their names. */
  waiting(): string[];
  /**
   * Takes a file. Undefined when it is gone, or when it was dealt with already. Throws Fenced.
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
  const terms = () => readTerms(path("claims"));
  // Without a term nobody promises a single runner, and nobody can be fenced.
  const term = givenTerm ?? terms().at(-1) ?? 0n;
  const own = (...parts: string[]) => path("claims", String(term), ...parts);

  // Create first and look afterwards: of two runners that start together at least one sees the
  // other.
  mkdirSync(own(), { recursive: true });
  const latest = terms().at(-1) ?? term;
  if (latest > term) {
    removeEmpty(own());
    throw whyFenced({ term, latest, claims: path("claims") });
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
  fenced(() => {
    for (const older of terms().filter((each) => each < term)) {
      takeOver(path("claims", String(older)), { to: own(), by: own(`taken-${older}`) });
    }
    // A takeover that this very term began in an earlier life, and did not end.
    for (const taken of takenFolders(own())) sortIn(own(taken), own());
  });
  const results = new Results(folder);
  return {
    term,
    waiting: () => fenced(() => [...xmlFiles(own()), ...xmlFiles(path("inbox"))]),
    claim: (name) => fenced(() => claim(name, { inbox: path("inbox"), own: own(), results })),
    deliver: (claim, into, result) =>
      fenced(() => {
        const input = { ...claim, file: own(claim.name) };
        const draft = own("result.draft");
        writeDraft(draft, { fingerprint: claim.fingerprint, result });
        if (into === "outbox") results.deliver(input, draft);
        else results.reject(input, draft);
      }),
  };
}

function whyFenced(found: { term: bigint; latest: bigint; claims: string }): Fenced {
  const { term, latest, claims } = found;
  return new Fenced(
    `Cannot run under term ${term}: the later term ${latest} is here. ` +
      `If it is left over from a trial whose journal is gone, remove ${claims}`,
  );
}

function claim(
  name: string,
  at: { inbox: string; own: string; results: Results },
): Claim | undefined {
  const file = join(at.own, name);
  const isLeft = existsSync(file);
  if (!isLeft) {
    try {
      renameSync(join(at.inbox, name), file);
    } catch (error) {
      if (existsSync(at.own) && !existsSync(join(at.inbox, name))) return undefined;
      throw error;
    }
  }
  const input = readInput(file);
  const delivered = at.results.delivered(name);
  // Killed between delivery and the end of the claim: the work is done, only the claim is left.
  // Or the same file came twice.
  if (delivered === input.fingerprint) {
    rmSync(file);
    return undefined;
  }
  if (isLeft && at.results.isRejected(name, input.fingerprint)) {
    at.results.finishRejection({ ...input, file, name });
    return undefined;
  }
  if (delivered === undefined) return { ...input, name };
  // Another input: it must neither replace the result that is there nor vanish.
  const { fingerprint } = input;
  return { isSound: false, fingerprint, name, reason: "its name was used before" };
}

function takeOver(older: string, into: { to: string; by: string }): void {
  try {
    renameSync(older, into.by);
  } catch (error) {
    // A fenced start of that term was there for a moment, and has cleared its folder away.
    if (!existsSync(older)) return;
    throw error;
  }
  sortIn(into.by, into.to);
}

// Half-written results go, claims come along; so do those of a takeover that was itself cut short.
function sortIn(taken: string, own: string): void {
  for (const each of takenFolders(taken)) sortIn(join(taken, each), own);
  for (const name of xmlFiles(taken)) renameSync(join(taken, name), join(own, name));
  rmSync(taken, { recursive: true });
}

// Only if it is empty: claims of an earlier life wait there for the later term.
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It stays: the later term takes it over.
  }
}

// Whatever else lies in the folder is none of ours.
function readTerms(claims: string): bigint[] {
  return entries(claims, "folder")
    .filter((name) => /^(?:0|[1-9]\d*)$/.test(name))
    .map(BigInt)
    .toSorted(ascending);
}

function takenFolders(folder: string): string[] {
  return entries(folder, "folder").filter((name) => name.startsWith("taken-"));
}

// A name that begins with a point is still being written, by the custom of most programs. The names
// of results are longer than those of their inputs, and the kernel takes no more than 255 bytes.
function xmlFiles(folder: string): string[] {
  return entries(folder, "file")
    .filter((name) => name.endsWith(".xml") && !name.startsWith("."))
    .filter((name) => Buffer.byteLength(name) <= nameBytesMax)
    .toSorted();
}

function entries(folder: string, kind: "file" | "folder"): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => (kind === "file" ? each.isFile() : each.isDirectory()))
    .map((each) => each.name);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

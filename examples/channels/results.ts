// What became of each input, as files: results in outbox/, and in rejected/ the reasons (.json)
// beside the input as it came (.xml), ready to be mended and fed again. Each remembers the
// fingerprint of its input, so that a run that was killed between two steps is told from a new
// input under an old name.

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Larger inputs are rejected unread. */
const inputBytesMax = 16 * 1024 * 1024;

/** What a file holds, or why nobody can work on it. The fingerprint outlives a rename. */
export type Input = { readonly fingerprint: string } & (
  { readonly isSound: true; readonly text: string } | { readonly isSound: false; reason: string }
);

/** Reads an input. Throws only when it is not there. */
export function readInput(file: string): Input {
  const { size, mtimeMs } = statSync(file);
  const fingerprint = `${size} bytes of ${mtimeMs}`;
  if (size > inputBytesMax) {
    return { isSound: false, fingerprint, reason: `larger than ${inputBytesMax} bytes` };
  }
  try {
    const bytes = readFileSync(file);
    return { isSound: true, fingerprint: sha256(bytes), text: bytes.toString("utf8") };
  } catch (error) {
    if (!existsSync(file)) throw error;
    const reason = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { isSound: false, fingerprint, reason };
  }
}

/** The two folders that results go to. */
export class Results {
  readonly #outbox: string;
  readonly #rejected: string;

  constructor(folder: string) {
    this.#outbox = join(folder, "outbox");
    this.#rejected = join(folder, "rejected");
  }

  /** Fingerprint of the input whose result is in the outbox; undefined: none is there. */
  delivered(name: string): string | undefined {
    return readFingerprint(join(this.#outbox, `${stemOf(name)}.json`));
  }

  /** Whether the reasons for rejecting this very input are there. */
  isRejected(name: string, fingerprint: string): boolean {
    return readFingerprint(this.#reasonsFile(name, fingerprint)) === fingerprint;
  }

  /** A finished result appears in the outbox, and its input goes. */
  deliver(input: { file: string; name: string }, draft: string): void {
    renameSync(draft, join(this.#outbox, `${stemOf(input.name)}.json`));
    rmSync(input.file);
  }

  /** Reasons appear in rejected/, and their input beside them. */
  reject(input: { file: string; name: string; fingerprint: string }, draft: string): void {
    renameSync(draft, this.#reasonsFile(input.name, input.fingerprint));
    this.finishRejection(input);
  }

  /** The input follows its reasons. */
  finishRejection(input: { file: string; name: string; fingerprint: string }): void {
    const reasons = this.#reasonsFile(input.name, input.fingerprint);
    renameSync(input.file, `${stemOf(reasons)}.xml`);
  }

  // A second rejection under one name must not take the place of the first.
  #reasonsFile(name: string, fingerprint: string): string {
    const first = join(this.#rejected, `${stemOf(name)}.json`);
    const known = readFingerprint(first);
    if (known === undefined || known === fingerprint) return first;
    const mark = sha256(fingerprint).slice(0, 12);
    return join(this.#rejected, `${stemOf(name)}.${mark}.json`);
  }
}

/**
 * Writes a result for an input, on disk when this returns: a power cut must not lose the only copy.
 */
export function writeDraft(file: string, content: { fingerprint: string; result: object }): void {
  const { result, fingerprint } = content;
  const text = JSON.stringify({ ...result, input: fingerprint }, null, 2);
  writeFileSync(file, `${text}\n`, { flush: true });
}

// A result that does not tell its input is of another input: nothing is dropped because of it.
function readFingerprint(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const result: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof result === "object" && result !== null && "input" in result) {
      return String(result.input);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return "unknown";
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}

// Loaded with the first file: loading takes longer than opening an exchange, and a takeover should
// not wait for it.
function sha256(content: Buffer | string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", content);
}

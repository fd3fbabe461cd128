// Gathers what is wrong with a request, field by field, so that the answer names everything at
// once.

import { channelNameOrPrefixPattern, serverIdPattern } from "@hot-backup/kit/config-fields.ts";
import { invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import { bounds } from "../core/definition.ts";

/** Most names in one request. */
const namesMax = 1000;

/** Collects violations; `done` throws them. */
export class Input {
  readonly #violations: Violation[] = [];

  /** Notes a violation where the fact does not hold. Tells whether it does. */
  require(isTrue: boolean, field: string, description: string): boolean {
    if (!isTrue) this.#violations.push({ field, description });
    return isTrue;
  }

  serverId(text: string, field: string): void {
    this.require(serverIdPattern.test(text), field, "must be 1 to 63 characters of [a-z0-9-]");
  }

  names(names: readonly string[], field: string): void {
    const isListed = names.length > 0 && names.length <= namesMax;
    this.require(isListed, field, `must have 1 to ${namesMax} entries`);
    for (const [index, name] of names.slice(0, namesMax).entries()) {
      const isName = channelNameOrPrefixPattern.test(name);
      this.require(isName, `${field}[${index}]`, "must be a channel name, a prefix with *, or *");
    }
  }

  /** One line of text without control characters. */
  line(text: string, field: string, charactersMax: number): void {
    const isLine = text.length <= charactersMax && !/\p{Cc}/u.test(text);
    this.require(isLine, field, `must be one line of at most ${charactersMax} characters`);
  }

  /** Text that can be an argument or a variable of a program. */
  programText(text: string, field: string): void {
    const isText = Buffer.byteLength(text) <= bounds.textBytesMax && !text.includes("\0");
    this.require(isText, field, `must be at most ${bounds.textBytesMax} bytes without NUL`);
  }

  number(value: number, field: string, range: { minMs: number; maxMs: number }): void {
    const isWithin = value >= range.minMs && value <= range.maxMs;
    this.require(isWithin, field, `must be from ${range.minMs} ms to ${range.maxMs} ms`);
  }

  /** Throws INVALID_ARGUMENT when anything was noted. */
  done(): void {
    if (this.#violations.length > 0) throw invalidInput(this.#violations);
  }
}

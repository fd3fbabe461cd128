// Cuts a stream of bytes into lines of bounded length. Bytes that are no UTF-8 become replacement
// characters.

/** Longest line, in bytes of UTF-8, as the contract says. What is beyond it is cut off. */
export const lineBytesMax = 8192;

const newline = 0x0a;
const nothing = Buffer.alloc(0);

/** Keeps the beginning of a line until its end comes. Holds at most `lineBytesMax` bytes. */
export class LineSplitter {
  #begun: Buffer = nothing;

  /**
   * Takes bytes and yields the lines that they complete, each when it is asked for: a piece can
   * hold tens of thousands.
   */
  *push(bytes: Buffer): Generator<string, void> {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = this.#join(bytes.subarray(start, end));
      this.#begun = nothing;
      yield toText(line);
      start = end + 1;
    }
    // Copied: a piece of a pooled buffer would keep all of it alive.
    this.#begun = Buffer.from(this.#join(bytes.subarray(start)));
  }

  /** The line that has no end yet, if there is one. */
  end(): string[] {
    const rest = this.#begun;
    this.#begun = nothing;
    return rest.length === 0 ? [] : [toText(rest)];
  }

  #join(piece: Buffer): Buffer {
    const room = Math.max(0, lineBytesMax - this.#begun.length);
    if (this.#begun.length === 0) return piece.subarray(0, lineBytesMax);
    return Buffer.concat([this.#begun, piece.subarray(0, room)]);
  }
}

function toText(bytes: Buffer): string {
  const text = bytes.toString("utf8").replace(/\r$/, "");
  // Replacement characters have three bytes.
  if (bytes.length * 3 <= lineBytesMax) return text;
  const encoded = Buffer.from(text);
  if (encoded.length <= lineBytesMax) return text;
  // They are longer than what they replace. Cut before a character, not inside one.
  let end = lineBytesMax;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString("utf8", 0, end);
}

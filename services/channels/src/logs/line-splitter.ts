// Cuts a stream of bytes into lines of bounded length. Bytes that are no UTF-8 become replacement
// characters.

/** Longest line, in bytes of UTF-8, as the contract says. What is beyond it is cut off. */
export const lineBytesMax = 8192;

const newline = 0x0a;

/** Keeps the beginning of a line until its end comes. Holds at most `lineBytesMax` bytes. */
export class LineSplitter {
  #begun: Buffer = Buffer.alloc(0);

  /** Takes bytes and returns the lines that they complete. */
  push(bytes: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      lines.push(toText(this.#join(bytes.subarray(start, end))));
      this.#begun = Buffer.alloc(0);
      start = end + 1;
    }
    // Copied: a piece of a pooled buffer would keep all of it alive.
    this.#begun = Buffer.from(this.#join(bytes.subarray(start)));
    return lines;
  }

  /** The line that has no end yet, if there is one. */
  end(): string[] {
    const rest = this.#begun;
    this.#begun = Buffer.alloc(0);
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
  const encoded = Buffer.from(text);
  if (encoded.length <= lineBytesMax) return text;
  // Replacement characters are longer than what they replace. Cut before a character, not inside
  // one.
  let end = lineBytesMax;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString("utf8", 0, end);
}

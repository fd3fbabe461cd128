// Texts that break what takes texts: empty, huge, of other writing systems, or full of what a
// shell, a path, SQL, HTML, XML, YAML, a header or a log has a meaning for.

import fc from "fast-check";

/** In the place of any text. */
export const nastyTexts: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\n",
  "a\r\nBcc: eve@example.org",
  "\u001b[2J",
  "\u2028",
  "\u202egnp.exe",
  "e\u0301\u00e9",
  "\u{1f468}\u200d\u{1f469}",
  "\ufeffbom",
  "\ufffe",
  "*",
  "**",
  "a*b",
  "-",
  "--help",
  ".",
  "..",
  "../../../../outside-of-the-folder",
  "/etc/passwd",
  "C:\\",
  "$(touch hot-backup-fuzz)",
  "`id`",
  "; DROP TABLE servers; --",
  "' OR '1'='1",
  "<b>&amp;</b>",
  "]]>",
  "{{server}}",
  "%s%n",
  "__proto__",
  "constructor",
  "toString",
  "NaN",
  "Infinity",
  "1e999",
  "-1",
  "null",
  "true",
  "0x10",
  "x".repeat(64),
  "x".repeat(1025),
  "ä".repeat(300),
];

/** Any text: mostly short and nasty, sometimes anything, seldom huge. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...nastyTexts), weight: 12 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 40 }), weight: 6 },
  { arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }), weight: 4 },
  { arbitrary: fc.constantFrom(70_000, 300_000).map((length) => "x".repeat(length)), weight: 1 },
);

/** Bytes in the place of a text, well formed or not: lone surrogates and overlong forms. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: hostileText.map((text) => Buffer.from(text, "utf8")), weight: 12 },
  {
    arbitrary: fc.constantFrom(
      Buffer.from([0xff]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xc0, 0x80]),
      Buffer.from([0xf4, 0x90, 0x80, 0x80]),
    ),
    weight: 2,
  },
  { arbitrary: fc.uint8Array({ maxLength: 20 }), weight: 1 },
);

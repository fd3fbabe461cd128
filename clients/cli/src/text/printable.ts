// Texts of others, made safe for a terminal: a channel's output or a reason that somebody typed
// must not move the cursor, change the title, or hide what stands beside it.

// All control characters but the tab, what turns the direction of writing, and line separators.
const unsafe = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The text on one line, with every control character shown as "�". */
export function printable(text: string): string {
  return text.replaceAll("\r\n", " ").replaceAll("\n", " ").replace(unsafe, "\uFFFD");
}

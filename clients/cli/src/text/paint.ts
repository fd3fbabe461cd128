// Colours, where there is a terminal that wants them. A word says everything that a colour says.

import { styleText } from "node:util";

/** What a piece of text is, for the eye. */
export type Style = "good" | "bad" | "warning" | "quiet" | "heading";

const formats = {
  good: "green",
  bad: ["bold", "red"],
  warning: "yellow",
  quiet: "gray",
  heading: "bold",
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

/** Puts a style on a text, or leaves it as it is. */
export type Paint = (style: Style | undefined, text: string) => string;

export function createPaint(hasColours: boolean): Paint {
  return (style, text) => {
    if (!hasColours || style === undefined) return text;
    // Asked once, outside: node itself would look at its own standard output.
    return styleText([formats[style]].flat(), text, { validateStream: false });
  };
}

/**
 * Whether colours are wanted: on a terminal that knows them, unless NO_COLOR is set to anything
 * (no-color.org).
 */
export function wantsColours(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR: refused = "", TERM: terminal } = environment;
  return isTerminal && refused === "" && terminal !== "dumb";
}

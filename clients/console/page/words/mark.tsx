// A state as the whole page shows it: shape, word and colour.

import { Shape, type ShapeName } from "./shape.tsx";

export type Tone = "good" | "bad" | "warn" | "quiet" | "unknown";

/** A state in a word, with its looks. */
export interface Word {
  readonly text: string;
  readonly tone: Tone;
  readonly shape: ShapeName;
}

export function Mark({ word, title }: { readonly word: Word; readonly title?: string }) {
  return (
    <span class={`mark tone-${word.tone}`} {...(title === undefined ? {} : { title })}>
      <Shape name={word.shape} />
      <span>{word.text}</span>
    </span>
  );
}

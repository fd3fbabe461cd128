// The shapes that tell states apart without colour.

import type { JSX } from "preact";

export type ShapeName =
  | "disc" // works
  | "ring" // ended in good order, or does nothing
  | "cross" // broken
  | "triangle" // look at it
  | "half" // on its way
  | "diamond" // not known
  | "play" // runs
  | "square"; // stopped

const paths: Readonly<Record<ShapeName, JSX.Element>> = {
  disc: <circle cx="6" cy="6" r="5" />,
  ring: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2" />,
  cross: <path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="3" />,
  triangle: <path d="M6 .8 11.6 11H.4z" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" />
    </>
  ),
  diamond: <path d="M6 .5 11.5 6 6 11.5.5 6z" fill="none" stroke="currentColor" stroke-width="2" />,
  play: <path d="M2.5 1v10l8-5z" />,
  square: (
    <rect x="2" y="2" width="8" height="8" fill="none" stroke="currentColor" stroke-width="2" />
  ),
};

/** A shape in the colour of the text around it; the word beside it is what is read out. */
export function Shape({ name }: { readonly name: ShapeName }) {
  return (
    <svg class="shape" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}

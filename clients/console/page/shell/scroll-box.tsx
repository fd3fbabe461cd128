// What is wider or longer than its place: it is scrolled by itself, with the keyboard too.

import type { ComponentChildren } from "preact";

export function ScrollBox({ label, children }: ScrollBoxProps) {
  return (
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

interface ScrollBoxProps {
  /** What is in it, for those who hear it. */
  readonly label: string;
  readonly children: ComponentChildren;
}

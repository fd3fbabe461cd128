// A part of a page with a heading of its own.

import type { ComponentChildren } from "preact";

export function Panel({ id, title, aside, children }: PanelProps) {
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div class="body">{children}</div>
    </section>
  );
}

interface PanelProps {
  readonly id: string;
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

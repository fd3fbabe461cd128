// An answer as it is drawn: on its way, refused, or here; and with its age when no newer one comes.

import type { JSX } from "preact";
import { tick } from "../stream/page-clock.ts";
import { printSpan } from "../words/span.ts";
import type { Answer } from "./answer.ts";
import { RefusalNote } from "./refusal-note.tsx";

export function Told<View>({ answer, children }: ToldProps<View>) {
  const { view, refusal, arrivedMs, askAgain } = answer;
  return (
    <>
      {refusal !== undefined && <RefusalNote refusal={refusal} again={askAgain} />}
      {refusal !== undefined && view !== undefined && (
        <p class="explains">
          What follows is {printSpan(tick.value - arrivedMs)} old, and may not hold any more.
        </p>
      )}
      {view === undefined && refusal === undefined && (
        <p class="explains" aria-busy="true">
          Asking…
        </p>
      )}
      {view !== undefined && children(view)}
    </>
  );
}

interface ToldProps<View> {
  readonly answer: Answer<View>;
  readonly children: (view: View) => JSX.Element;
}

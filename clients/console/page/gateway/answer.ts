// A question whose answer a page draws: asked when the page is drawn, and again when something that
// it depends on has changed. The last answer stays in sight while a new one is on its way.

import { useEffect, useRef, useState } from "preact/hooks";
import { nowMs } from "../stream/page-clock.ts";
import { ask, Refusal } from "./ask.ts";

export interface Answer<View> {
  /** The last answer to this very question. */
  readonly view: View | undefined;
  /** When it came, by the clock of the page. */
  readonly arrivedMs: number;
  /** Why the last attempt brought none. Undefined: it did, or is under way. */
  readonly refusal: Refusal | undefined;
  readonly askAgain: () => void;
}

export interface AnswerOptions {
  /** What is sent with the question; it changes nothing. Absent: the question says all. */
  readonly body?: object;
  /** Asked again whenever this text changes. */
  readonly after?: string;
  /** Asked again after this time, while somebody looks at the page. Absent: never. */
  readonly everyMs?: number;
}

interface State<View> {
  readonly path: string | undefined;
  readonly view: View | undefined;
  readonly arrivedMs: number;
  readonly refusal: Refusal | undefined;
}

/** Asks the gateway. Without a path nothing is asked. */
export function useAnswer<View>(
  path: string | undefined,
  { body, after = "", everyMs }: AnswerOptions = {},
): Answer<View> {
  const [state, setState] = useState<State<View>>(() => nothing(path));
  const [count, setCount] = useState(0);
  const asked = useRef(path);
  asked.current = path;
  useEffect(() => {
    if (path === undefined) return;
    const over = new AbortController();
    const take = (next: Pick<State<View>, "view" | "refusal">) => {
      if (over.signal.aborted || asked.current !== path) return;
      setState((last) => ({
        path,
        view: next.view ?? (last.path === path ? last.view : undefined),
        arrivedMs: next.view === undefined ? last.arrivedMs : nowMs(),
        refusal: next.refusal,
      }));
    };
    ask<View>(path, { signal: over.signal, ...(body && { body }) }).then(
      (view) => take({ view, refusal: undefined }),
      (error: unknown) => {
        if (error instanceof Refusal) take({ view: undefined, refusal: error });
      },
    );
    return () => over.abort();
  }, [path, after, count]);
  const askAgain = () => setCount((last) => last + 1);
  useEffect(() => {
    if (everyMs === undefined || path === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) setCount((last) => last + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [path, everyMs]);
  const known = state.path === path ? state : nothing<View>(path);
  return { view: known.view, arrivedMs: known.arrivedMs, refusal: known.refusal, askAgain };
}

function nothing<View>(path: string | undefined): State<View> {
  return { path, view: undefined, arrivedMs: 0, refusal: undefined };
}

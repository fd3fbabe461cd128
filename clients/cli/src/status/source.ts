// What was asked of one service, and when: the value that it told last, and why it tells none now.
// Whoever shows a source asks whether it is fresh first.

/** What one service told. */
export interface Source<Value> {
  readonly address: string;
  /** Its last answer. `askedMs` is when it was asked, so that its age is never told too low. */
  readonly last: { readonly value: Value; readonly askedMs: number } | undefined;
  /** Why it does not answer now. Undefined: it does. */
  readonly problem: string | undefined;
}

/**
 * What is older counts for nothing. As long as a call may take: a service that is frozen is noticed
 * by its silence as soon as by the failure of the call.
 */
export const freshMs = 3000;

/** The value, as long as it can be told as true. */
export function freshValue<Value>(source: Source<Value>, nowMs: number): Value | undefined {
  const { last, problem } = source;
  if (last === undefined || problem !== undefined) return undefined;
  return nowMs - last.askedMs <= freshMs ? last.value : undefined;
}

/** How old the last answer is. Undefined: there was none. */
export function ageMs(source: Source<unknown>, nowMs: number): number | undefined {
  return source.last === undefined ? undefined : nowMs - source.last.askedMs;
}

// Instants of the contracts as milliseconds since 1970.

/** An instant that may be absent. */
export function instantMs(at: Date | undefined): number | undefined {
  return at?.getTime();
}

/** An instant that every service tells: 0 stands for a service that does not. */
export function toldInstantMs(at: Date | undefined): number {
  return at?.getTime() ?? 0;
}

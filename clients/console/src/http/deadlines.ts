// How long the gateway waits for a service. The page waits longer, so that it hears the reason.

/** An answer that changes nothing: somebody looks on. */
export const readWithinMs = 5000;

/** A decision, which its service writes to a disk. */
export const decideWithinMs = 15_000;

/** Channels that start or stop: more than any usual readiness and stop timeout. */
export const orderWithinMs = 300_000;

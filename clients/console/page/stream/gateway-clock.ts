// The gateway's clock as the page knows it, for the ages of what it tells. The gateway counts from
// an instant of its own; only spans between its instants mean anything.

export interface GatewayClock {
  /** Takes an instant of the gateway that arrived at an instant of the page. */
  hear(gatewayMs: number, arrivedMs: number): void;
  /** The gateway's present instant; soon after its last word it stands still. */
  nowMs(pageMs: number): number;
}

/** Two clocks drift: each event lets go of this much of the quickest delivery so far. */
const driftMs = 1;

/** A difference that no delivery makes: one of the two clocks has stood still. */
const jumpMs = 2000;

/**
 * Two beats of the gateway. What time it is there later than that nobody here knows: a silence of
 * the gateway would else look like one of every server behind it.
 */
const knownForMs = 500;

export function createGatewayClock(): GatewayClock {
  // The quickest delivery is the closest to the truth: a slow one would make everything look young.
  let aheadMs: number | undefined;
  let heardMs = 0;
  return {
    hear: (gatewayMs, arrivedMs) => {
      heardMs = arrivedMs;
      const nowAheadMs = gatewayMs - arrivedMs;
      const hasJumped = aheadMs === undefined || Math.abs(nowAheadMs - aheadMs) > jumpMs;
      aheadMs = hasJumped ? nowAheadMs : Math.max(nowAheadMs, (aheadMs ?? 0) - driftMs);
    },
    nowMs: (pageMs) => Math.min(pageMs, heardMs + knownForMs) + (aheadMs ?? 0),
  };
}

// Whatever moves on the page is painted from here: one loop, that rests while nobody looks.

import { nowMs } from "./page-clock.ts";

type Paint = (pageMs: number) => void;

const painters = new Map<Paint, { everyMs: number; lastMs: number }>();

let request: number | undefined;

/** Calls `paint` on the frames of the screen, at most so often, until the result is called. */
export function onFrames(paint: Paint, everyMs = 0): () => void {
  painters.set(paint, { everyMs, lastMs: Number.NEGATIVE_INFINITY });
  request ??= requestAnimationFrame(paintAll);
  return () => {
    painters.delete(paint);
  };
}

// A hidden page gets no frames, so nothing is painted for nobody.
function paintAll(): void {
  const pageMs = nowMs();
  for (const [paint, turn] of painters) {
    if (pageMs - turn.lastMs < turn.everyMs) continue;
    turn.lastMs = pageMs;
    paint(pageMs);
  }
  request = painters.size === 0 ? undefined : requestAnimationFrame(paintAll);
}

// A small line of the last values, in the colour of the text around it.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const heightPx = 44;

/** A minute of pulses. */
export const valuesMax = 240;

export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const into = place.current;
    if (into === null) return undefined;
    const made = new uPlot(options(into), [[], []], into);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      made.setSize({ width: into.clientWidth, height: heightPx });
    });
    resized.observe(into);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => {
    // The newest is at the right end from the beginning on, as if the past had been empty.
    const first = valuesMax - values.length;
    plot.current?.setData([values.map((_, index) => first + index), [...values]]);
  }, [values]);
  return <div class="sparkline" ref={place} aria-hidden="true" />;
}

function options(into: Element): uPlot.Options {
  return {
    width: into.clientWidth,
    height: heightPx,
    padding: [2, 0, 2, 0],
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    // From nothing up: a round trip that trembles by a microsecond is a flat line.
    scales: {
      x: { time: false, range: [0, valuesMax - 1] },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
    },
    series: [
      {},
      { stroke: () => getComputedStyle(into).color, width: 1.25, points: { show: false } },
    ],
  };
}

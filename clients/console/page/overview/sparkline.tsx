// A small line of the last values, in the colour of the text around it.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const size = { width: 112, height: 28 };

export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const into = place.current;
    if (into === null) return undefined;
    plot.current = new uPlot(options(into), [[], []], into);
    return () => plot.current?.destroy();
  }, []);
  useEffect(() => {
    plot.current?.setData([values.map((_, index) => index), [...values]]);
  }, [values]);
  return <div class="sparkline" ref={place} aria-hidden="true" />;
}

function options(into: Element): uPlot.Options {
  return {
    ...size,
    padding: [2, 0, 2, 0],
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    // From nothing up: a round trip that trembles by a microsecond is a flat line.
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    series: [
      {},
      { stroke: () => getComputedStyle(into).color, width: 1.25, points: { show: false } },
    ],
  };
}

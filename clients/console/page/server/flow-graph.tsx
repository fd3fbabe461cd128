// The flow of a server as a graph: signals, the decision switch, a column for each case. Boxes are
// text of the page, so that they can be read, searched and enlarged; only the lines are drawn.

import { useEffect, useRef, useState } from "preact/hooks";
import { Mark } from "../words/mark.tsx";
import { stepWord } from "../words/run-words.ts";
import { signalWord } from "../words/state-words.ts";
import { hasBegun, type LitCase, type LitFlow, type LitStep } from "./flow-light.ts";
import { type Box, type Edge, type EdgeEnd, layOutFlow } from "./flow-layout.ts";

/** Narrower than on any telephone: below it the graph is scrolled. */
const widthMinPx = 240;

export function FlowGraph({ decision, lit }: FlowGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState(640);
  useEffect(() => {
    if (frame.current === null) return undefined;
    let frameId = 0;
    const observer = new ResizeObserver(([entry]) => {
      const measuredPx = Math.floor(entry?.contentRect.width ?? 0);
      // In the next frame: what is drawn anew at once would have to be measured anew at once.
      cancelAnimationFrame(frameId);
      frameId = requestAnimationFrame(() => setWidthPx(Math.max(widthMinPx, measuredPx)));
    });
    observer.observe(frame.current);
    return () => {
      cancelAnimationFrame(frameId);
      observer.disconnect();
    };
  }, []);
  const layout = layOutFlow(
    lit.cases.map(({ steps }) => steps.length),
    widthPx,
  );
  return (
    <div class="flow" ref={frame}>
      <div class="flow-canvas" style={{ height: `${layout.heightPx}px` }}>
        <svg width={widthPx} height={layout.heightPx} aria-hidden="true">
          {layout.edges.map((edge) => (
            <Line key={nameOf(edge.to)} edge={edge} isLit={isLit(edge.to, lit)} />
          ))}
        </svg>
        {layout.signals.map(({ signal, box }) => (
          <div
            key={signal}
            class={`flow-box flow-signal${lit.signal === signal ? " is-lit" : ""}`}
            style={placeOf(box)}
          >
            <Mark word={signalWord(signal)} />
          </div>
        ))}
        <div class="flow-box flow-switch" style={placeOf(layout.decision)} title={decision}>
          <span class="explains">switch</span> <code>{decision}</code>
        </div>
        {lit.cases.map((each, index) => (
          <CaseColumn key={each.name} lit={each} place={layout.cases[index]} />
        ))}
      </div>
    </div>
  );
}

interface FlowGraphProps {
  readonly decision: string;
  readonly lit: LitFlow;
}

function Line({ edge, isLit: isOn }: { readonly edge: Edge; readonly isLit: boolean }) {
  return (
    <path class={`flow-line${isOn ? " is-lit" : ""}`} d={edge.path} data-edge={nameOf(edge.to)} />
  );
}

function CaseColumn({ lit, place }: CaseProps) {
  if (place === undefined) return null;
  const signals = lit.signals.length === 0 ? "" : `, now for ${lit.signals.join(" and ")}`;
  return (
    <>
      <div
        class={`flow-box flow-case${lit.isLit ? " is-lit" : ""}`}
        style={placeOf(place.head)}
        title={`${lit.when}${signals}`}
      >
        <strong>{lit.name}</strong>
        <span class="explains">
          {lit.when === lit.name ? "" : `${lit.when} `}
          {lit.steps.length === 0 ? "does nothing" : ""}
        </span>
      </div>
      {lit.steps.map((step, index) => {
        const box = place.steps[index];
        return box && <StepBox key={index} step={step} box={box} />;
      })}
    </>
  );
}

interface CaseProps {
  readonly lit: LitCase;
  readonly place: { readonly head: Box; readonly steps: readonly Box[] } | undefined;
}

function StepBox({ step, box }: { readonly step: LitStep; readonly box: Box }) {
  const { kind, subject, names, description, progress } = step;
  const state = progress?.state.toLowerCase() ?? "plain";
  const again = progress !== undefined && progress.attempts > 1 ? ` ×${progress.attempts}` : "";
  const error = progress?.lastError ?? "";
  return (
    <div
      class={`flow-box flow-step step-${state}${hasBegun(step) ? " is-lit" : ""}`}
      style={placeOf(box)}
      title={error === "" ? description : error}
      data-step={progress?.index}
      data-state={progress?.state}
    >
      <span class="flow-step-head">
        <strong>{kind}</strong>
        {progress !== undefined && (
          <span class="flow-step-state">
            <Mark word={stepWord(progress.state)} />
            {again}
          </span>
        )}
      </span>
      <span class="flow-clip">{subject}</span>
      <span class={error === "" ? "flow-clip explains" : "flow-clip tone-bad"}>
        {error === "" ? names.join(", ") : error}
      </span>
    </div>
  );
}

function isLit(end: EdgeEnd, lit: LitFlow): boolean {
  switch (end.kind) {
    case "switch":
      return lit.signal === end.signal;
    case "case":
      return lit.cases[end.caseIndex]?.isLit === true;
    case "step": {
      const step = lit.cases[end.caseIndex]?.steps[end.stepIndex];
      return step !== undefined && hasBegun(step);
    }
  }
}

function nameOf(end: EdgeEnd): string {
  switch (end.kind) {
    case "switch":
      return end.signal;
    case "case":
      return `case ${end.caseIndex}`;
    case "step":
      return `step ${end.caseIndex} ${end.stepIndex}`;
  }
}

function placeOf({ xPx, yPx, widthPx, heightPx }: Box) {
  return {
    left: `${xPx}px`,
    top: `${yPx}px`,
    width: `${widthPx}px`,
    height: `${heightPx}px`,
  };
}

// A run step by step: how far each is, how often it was tried, what went wrong, and how each
// channel came out of it.

import type { RunView, StepView } from "../../src/view/run.ts";
import type { ChannelResultView } from "../../src/view/channel.ts";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { runWord, stepWord } from "../words/run-words.ts";
import { printSpan } from "../words/span.ts";
import { activityWord, signalWord } from "../words/state-words.ts";

export function RunSteps({ run }: { readonly run: RunView }) {
  const { runId, reason, signal, state, because, actor, heldBecause } = run;
  const why = reason === "signal" ? "on the signal" : `${reason}, as on`;
  return (
    <section class="run" aria-labelledby="run" data-run={runId} data-run-state={state}>
      <h3 id="run">
        Run {why} <Mark word={signalWord(signal)} /> <Mark word={runWord(state)} />
      </h3>
      <p>{because}</p>
      {actor !== undefined && (
        <p>
          Asked for by <strong>{actor.name}</strong>: {actor.reason}
        </p>
      )}
      {heldBecause !== "" && <p class="tone-warn">Held: {heldBecause}</p>}
      <p class="explains">
        Term {run.term}, began <Instant atMs={run.startedAtMs} />, {lastedText(run)}. Id{" "}
        <code>{runId}</code>
        {run.traceId !== "" && (
          <>
            , trace <code>{run.traceId}</code>
          </>
        )}
      </p>
      {run.steps.length === 0 ? (
        <p class="explains">
          It has no steps: the switch picked a case that does nothing, or none.
        </p>
      ) : (
        <ol class="steps">
          {run.steps.map((step) => (
            <Step key={step.index} step={step} run={run} />
          ))}
        </ol>
      )}
    </section>
  );
}

function lastedText({ startedAtMs, endedAtMs, asOfMs }: RunView): string {
  if (endedAtMs !== undefined) return `took ${printSpan(endedAtMs - startedAtMs)}`;
  return `${printSpan(asOfMs - startedAtMs)} so far`;
}

function Step({ step, run }: { readonly step: StepView; readonly run: RunView }) {
  const { index, kind, subject, state, attempts, lastError, startedAtMs, endedAtMs } = step;
  const tookMs = startedAtMs === undefined ? undefined : (endedAtMs ?? run.asOfMs) - startedAtMs;
  return (
    <li class={`step step-${state.toLowerCase()}`} data-step={index} data-state={state}>
      <p>
        <Mark word={stepWord(state)} /> <strong>{kind}</strong> {subject}{" "}
        <span class="explains">
          {attempts === 0 ? "not begun" : `attempt ${attempts}`}
          {tookMs !== undefined && `, ${printSpan(tookMs)}`}
        </span>
      </p>
      {lastError !== "" && <p class="tone-bad">{lastError}</p>}
      {step.channels.length > 0 && (
        <ul class="results">
          {step.channels.map((each) => (
            <Result key={each.name} result={each} />
          ))}
        </ul>
      )}
      {step.channelsOmitted > 0 && (
        <p class="explains">… and {step.channelsOmitted} channels more</p>
      )}
      {step.isShortened && <p class="explains">Errors and output are shortened.</p>}
    </li>
  );
}

export function Result({ result }: { readonly result: ChannelResultView }) {
  const { name, activity, isOk, reason, error, lastLines } = result;
  return (
    <li data-channel={name}>
      <Mark word={activityWord(activity, true)} /> {name}
      {!isOk && (
        <>
          {" "}
          <span class="tone-bad">
            {reason}: {error}
          </span>
        </>
      )}
      {lastLines.length > 0 && (
        <details>
          <summary>Last lines of its output</summary>
          <ScrollBox label={`Last lines of ${name}`}>
            <pre>{lastLines.join("\n")}</pre>
          </ScrollBox>
        </details>
      )}
    </li>
  );
}

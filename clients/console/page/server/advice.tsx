// The threshold as a number: what the measured heartbeats of a server ask for.

import type { ThresholdAdviceView, ThresholdChoiceView } from "../../src/view/explanation.ts";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { printLength, printSpan } from "../words/span.ts";

export function Advice({ advice }: { readonly advice: ThresholdAdviceView }) {
  const { text, present, advised, samples, overMs } = advice;
  const choices = withPresent(advice);
  return (
    <div data-advice>
      <h3>Which threshold</h3>
      <p>{text}</p>
      {choices.length > 0 && (
        <ScrollBox label="Thresholds">
          <table>
            <thead>
              <tr>
                <th scope="col">Threshold</th>
                <th scope="col">Dead is seen after</th>
                <th scope="col">False DEAD a year</th>
                <th scope="col">
                  <span class="unseen">Remark</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {choices.map((choice) => (
                <tr key={choice.thresholdMs} title={choice.basis}>
                  <td>{printLength(choice.thresholdMs)}</td>
                  <td>{printLength(choice.detectionMs)}</td>
                  <td>{printRate(choice)}</td>
                  <td>{remarkOn(choice, { present, advised })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      <p class="explains">
        From {samples} gaps{overMs !== undefined && ` in ${printSpan(overMs)}`}.
      </p>
    </div>
  );
}

/** The threshold in use is worth a row of its own: the others are measured by it. */
function withPresent({ choices, present }: ThresholdAdviceView): readonly ThresholdChoiceView[] {
  const isListed = choices.some(({ thresholdMs }) => thresholdMs === present?.thresholdMs);
  if (present === undefined || choices.length === 0 || isListed) return choices;
  return [...choices, present].toSorted((one, other) => one.thresholdMs - other.thresholdMs);
}

function printRate({ falseDeadPerYear, falseDeadPerYearAtMost }: ThresholdChoiceView): string {
  const most = falseDeadPerYearAtMost;
  return `${printNumber(falseDeadPerYear)} (at most ${printNumber(most)})`;
}

/** Two digits are more than a model knows, and no model knows a zero. */
function printNumber(value: number): string {
  return value < 0.001 ? "under 0.001" : String(Number(value.toPrecision(2)));
}

function remarkOn(
  { thresholdMs }: ThresholdChoiceView,
  { present, advised }: Pick<ThresholdAdviceView, "present" | "advised">,
): string {
  const words = [];
  if (thresholdMs === present?.thresholdMs) words.push("now");
  if (thresholdMs === advised?.thresholdMs) words.push("advised");
  return words.join(", ");
}

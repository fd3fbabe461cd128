// The mail about a signal, written for somebody who is woken by it: what happened, what was done,
// what failed.

import { renderSignalHtml } from "./signal-html.ts";
import { checkSignalValues } from "./signal-values.ts";
import { putIntoWords, type SignalWords, type StepWords } from "./signal-words.ts";
import { toSubject } from "./subject.ts";
import type { Template } from "./template.ts";

export const signalTemplate: Template = {
  name: "signal",
  render: (given) => {
    const checked = checkSignalValues(given);
    if (!checked.isValid) return checked;
    const words = putIntoWords(checked.value);
    return {
      isValid: true,
      value: {
        subject: toSubject(`[Hot Backup] ${words.title}: ${words.headline}`),
        text: renderText(words),
        html: renderSignalHtml(words),
      },
    };
  },
};

function renderText(words: SignalWords): string {
  const width = Math.max(...words.facts.map((each) => each.label.length));
  const lines = [
    words.title,
    words.headline,
    ...(words.trouble === "" ? [] : ["", `ATTENTION: ${words.trouble}`]),
    "",
    ...words.facts.map(({ label, value }) => `${label.padEnd(width)}  ${value}`),
    ...(words.steps.length === 0 ? [] : ["", "What was done"]),
    ...words.steps.flatMap(stepLines),
  ];
  return `${lines.join("\n")}\n`;
}

function stepLines(step: StepWords): string[] {
  const width = Math.max(0, ...step.channels.map((each) => each.name.length));
  return [
    `- ${step.title}`,
    ...(step.error === "" ? [] : [`  ${step.error}`]),
    ...step.channels.map(({ hasFailed, name, result }) => {
      return `  ${hasFailed ? "FAILED" : "ok    "}  ${name.padEnd(width)}  ${result}`;
    }),
  ];
}

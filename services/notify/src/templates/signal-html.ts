// The HTML of a signal mail.

import { type Html, markup } from "./html.ts";
import { black, cell, factTable, gray, green, red, renderPage, table } from "./mail-html.ts";
import type { SignalWords, StepWords } from "./signal-words.ts";

/**
 * Colour of each mood: what asks for attention is red; a planned end and a mended failure are not.
 */
const colors = { alarm: red, relief: green, plain: gray } as const;

/** A whole HTML page; every value in it is escaped. */
export function renderSignalHtml(words: SignalWords): string {
  const color = colors[words.mood];
  const steps =
    words.steps.length === 0
      ? ""
      : markup`
<h2 style="margin:20px 0 0;font-size:16px">What was done</h2>
${words.steps.map(stepBlock)}`;
  const content = markup`${words.trouble === "" ? "" : attention(words.trouble)}
${factTable(words.facts)}${steps}`;
  return renderPage({ ...words, color }, content);
}

function attention(trouble: string): Html {
  return markup`<p style="margin:0 0 16px;padding:10px;background:#fef3f2;color:${red}">
<strong>Attention:</strong> ${trouble}</p>`;
}

function stepBlock(step: StepWords): Html {
  const color = step.hasFailed ? red : black;
  const error =
    step.error === "" ? "" : markup`<br><span style="color:${red}">${step.error}</span>`;
  return markup`<p style="margin:10px 0 2px;color:${color}">${step.title}${error}</p>
<table style="${table}">
${step.channels.map(channelRow)}</table>
`;
}

function channelRow(channel: StepWords["channels"][number]): Html {
  const color = channel.hasFailed ? red : green;
  return markup`<tr>
<td style="${cell};color:${color};font-weight:bold">${channel.hasFailed ? "FAILED" : "ok"}</td>
<td style="${cell}">${channel.name}</td>
<td style="${cell}">${channel.result}</td>
</tr>
`;
}

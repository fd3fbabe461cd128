// The HTML of a signal mail: one narrow column, inline styles only, because mail programs drop
// style sheets.

import { type Html, markup } from "./html.ts";
import type { SignalWords, StepWords } from "./signal-words.ts";

const red = "#b42318";
const green = "#067647";
const gray = "#475467";
const black = "#101828";

/**
 * Colour of each mood: what asks for attention is red; a planned end and a mended failure are not.
 */
const colors = { alarm: red, relief: green, plain: gray } as const;

const fonts = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const page = `margin:0;padding:16px;background:#f2f4f7;color:${black};${fonts};font-size:16px`;
const card = "max-width:600px;margin:0 auto;padding:20px;background:#ffffff;line-height:1.5";
const cell = "padding:4px 12px 4px 0;vertical-align:top;text-align:left";
const table = "border-collapse:collapse";

/** A whole HTML page; every value in it is escaped. */
export function renderSignalHtml(words: SignalWords): string {
  const color = colors[words.mood];
  const steps =
    words.steps.length === 0
      ? ""
      : markup`
<h2 style="margin:20px 0 0;font-size:16px">What was done</h2>
${words.steps.map(stepBlock)}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title>
</head>
<body style="${page}">
<div style="${card};border-top:6px solid ${color}">
<h1 style="margin:0;font-size:22px;color:${color}">${words.title}</h1>
<p style="margin:4px 0 16px;font-size:18px">${words.headline}</p>
${words.trouble === "" ? "" : attention(words.trouble)}
<table role="presentation" style="${table}">
${words.facts.map(factRow)}</table>${steps}
</div>
</body>
</html>
`.html;
}

function attention(trouble: string): Html {
  return markup`<p style="margin:0 0 16px;padding:10px;background:#fef3f2;color:${red}">
<strong>Attention:</strong> ${trouble}</p>`;
}

function factRow(fact: SignalWords["facts"][number]): Html {
  return markup`<tr>
<td style="${cell};color:${gray}">${fact.label}</td>
<td style="${cell}">${fact.value}</td>
</tr>
`;
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

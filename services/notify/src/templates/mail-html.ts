// The frame that HTML mails share: one narrow column, inline styles only, because mail programs
// drop style sheets.

import { type Html, markup } from "./html.ts";

export const red = "#b42318";
export const green = "#067647";
export const gray = "#475467";
export const black = "#101828";

const fonts = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const page = `margin:0;padding:16px;background:#f2f4f7;color:${black};${fonts};font-size:16px`;
const card = "max-width:600px;margin:0 auto;padding:20px;background:#ffffff;line-height:1.5";
export const cell = "padding:4px 12px 4px 0;vertical-align:top;text-align:left";
export const table = "border-collapse:collapse";

/** A line of a table of facts. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A whole HTML page; every value in it is escaped. */
export function renderPage(
  head: { readonly title: string; readonly headline: string; readonly color: string },
  content: Html,
): string {
  const { title, headline, color } = head;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body style="${page}">
<div style="${card};border-top:6px solid ${color}">
<h1 style="margin:0;font-size:22px;color:${color}">${title}</h1>
<p style="margin:4px 0 16px;font-size:18px">${headline}</p>
${content}
</div>
</body>
</html>
`.html;
}

/** A table of facts. */
export function factTable(facts: readonly Fact[]): Html {
  return markup`<table role="presentation" style="${table}">
${facts.map(factRow)}</table>`;
}

function factRow(fact: Fact): Html {
  return markup`<tr>
<td style="${cell};color:${gray}">${fact.label}</td>
<td style="${cell}">${fact.value}</td>
</tr>
`;
}

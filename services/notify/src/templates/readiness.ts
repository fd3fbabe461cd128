// The mail about standby readiness: why a takeover would fail if it had to happen now, since when,
// and what to do; or that nothing stands in its way any more. One mail may tell of many servers,
// because one cause often concerns all of them.

import { z } from "zod";
import { type Html, markup } from "./html.ts";
import { type Fact, factTable, gray, green, red, renderPage } from "./mail-html.ts";
import { printTime } from "./print-time.ts";
import { adviceByReason } from "./readiness-advice.ts";
import { toSubject } from "./subject.ts";
import type { Template } from "./template.ts";
import { toProblems } from "./value-problems.ts";

// A Struct can say null where it means nothing.
const text = z.string().nullish();
const problem = z.object({ subject: z.string(), reason: z.string(), text, since: text });
const values = z.object({
  servers: z
    .array(
      z.object({
        server: z.string().min(1),
        problems: z.array(problem).nullish(),
        omitted: z.number().int().min(0).nullish(),
        over: z.array(problem).nullish(),
      }),
    )
    .min(1),
  omittedServers: z.number().int().min(0).nullish(),
  time: text,
  monitor: text,
  group: text,
});

type Values = z.infer<typeof values>;
type Server = Values["servers"][number];
type Problem = z.infer<typeof problem>;

export const readinessTemplate: Template = {
  name: "readiness",
  render: (given) => {
    const result = values.safeParse(given, { reportInput: false });
    if (!result.success) return { isValid: false, problems: toProblems(result.error) };
    const words = putIntoWords(result.data);
    const subject = toSubject(`[Hot Backup] ${words.title}: ${words.headline}`);
    const html = renderPage({ ...words, color: words.isReady ? green : red }, toHtml(words));
    return { isValid: true, value: { subject, text: toText(words), html } };
  },
};

interface Words {
  readonly title: string;
  readonly headline: string;
  readonly isReady: boolean;
  readonly servers: readonly ServerWords[];
  readonly facts: readonly Fact[];
}

interface ServerWords {
  /** Such as "primary-1: not ready". */
  readonly title: string;
  readonly problems: readonly { what: string; detail: string; advice: string }[];
  /** What is over, and what is not listed, each in one line. */
  readonly notes: readonly string[];
}

function putIntoWords(given: Values): Words {
  const unready = given.servers.filter((each) => countOf(each) > 0);
  const isReady = unready.length === 0;
  const named = isReady ? given.servers : unready;
  const more = given.omittedServers ?? 0;
  const count = named.length + more;
  const who = count === 1 ? (named[0]?.server ?? "") : `${count} servers`;
  const reasons = unready.reduce((sum, each) => sum + countOf(each), 0);
  const counted = reasons === 1 ? "1 reason" : `${reasons} reasons`;
  return {
    title: `${isReady ? "READY" : "NOT READY"} ${who}`,
    headline: isReady
      ? "nothing is seen any more that would keep a takeover from succeeding"
      : `${counted} why a takeover would fail, or not be told of, now`,
    isReady,
    servers: [...given.servers.map(describe), ...(more > 0 ? [left(more)] : [])],
    facts: [
      { label: "Time", value: printTime(given.time ?? "") },
      { label: "Monitor", value: given.monitor ?? "" },
      { label: "Group", value: given.group ?? "" },
    ].filter(({ value }) => value !== ""),
  };
}

function left(servers: number): ServerWords {
  return { title: `and ${servers} servers more: ask the monitor`, problems: [], notes: [] };
}

function countOf({ problems, omitted }: Server): number {
  return (problems?.length ?? 0) + (omitted ?? 0);
}

function describe(server: Server): ServerWords {
  const { problems, omitted, over } = server;
  return {
    title: `${server.server}: ${countOf(server) === 0 ? "ready" : "not ready"}`,
    problems: (problems ?? []).map((each) => ({
      what: nameOf(each),
      detail: [each.text, since(each)].filter(Boolean).join(", "),
      advice: adviceByReason[each.reason] ?? "",
    })),
    notes: [
      ...(omitted ? [`and ${omitted} more`] : []),
      ...(over ?? []).map((each) => `over: ${nameOf(each)}`),
    ],
  };
}

function nameOf({ subject, reason }: Problem): string {
  return `${subject} ${reason}`;
}

function since({ since: instant }: Problem): string {
  return instant ? `since ${printTime(instant)}` : "";
}

function toText(words: Words): string {
  const width = Math.max(0, ...words.facts.map(({ label }) => label.length));
  const lines = [
    words.title,
    words.headline,
    "",
    ...words.servers.flatMap(({ title, problems, notes }) => [
      title,
      ...problems.flatMap(({ what, detail, advice }) => [
        `- ${what}`,
        ...(detail === "" ? [] : [`  ${detail}`]),
        ...(advice === "" ? [] : [`  What to do: ${advice}`]),
      ]),
      ...notes.map((each) => `- ${each}`),
      "",
    ]),
    ...words.facts.map(({ label, value }) => `${label.padEnd(width)}  ${value}`),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function toHtml({ servers, facts }: Words): Html {
  return markup`${servers.map(serverBlock)}
${factTable(facts)}`;
}

function serverBlock({ title, problems, notes }: ServerWords): Html {
  return markup`<h2 style="margin:16px 0 4px;font-size:16px">${title}</h2>
${problems.map(problemBlock)}${notes.map(noteBlock)}`;
}

function problemBlock({ what, detail, advice }: ServerWords["problems"][number]): Html {
  const help = advice === "" ? "" : markup`<br><strong>What to do:</strong> ${advice}`;
  return markup`<p style="margin:0 0 10px"><span style="color:${red}">${what}</span><br>
${detail}${help}</p>
`;
}

function noteBlock(note: string): Html {
  return markup`<p style="margin:0 0 6px;color:${gray}">${note}</p>
`;
}

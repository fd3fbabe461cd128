// Own templates of an operator, read from a folder once, at the start:
//
//   NAME.txt    first line "Subject: …", then an empty line, then the text
//   NAME.html   the HTML, optional
//
// A name that is built in is replaced. See placeholder-parser.ts for the language.

import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { ConfigProblem } from "@hot-backup/kit/config.ts";
import { bodyBytesMax, type Checked, type TemplateValues, type Written } from "../core/email.ts";
import { escapeHtml } from "./html.ts";
import { parsePlaceholders, type Piece, PlaceholderError } from "./placeholder-parser.ts";
import { fillPlaceholders } from "./placeholder-renderer.ts";
import { toSubject } from "./subject.ts";
import type { Template } from "./template.ts";

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}\.(?:txt|html)$/;

/** All templates of a folder, or everything that is wrong with them. */
export interface TemplateFolder {
  readonly templates: readonly Template[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads and checks every template of a folder. */
export function readTemplateFolder(folder: string): TemplateFolder {
  const listed = attempt(folder, () => readdirSync(folder).toSorted());
  if (!listed.isDone) return { templates: [], problems: [listed.problem] };
  const files = listed.value;
  const strangers = files
    .filter((file) => !namePattern.test(file))
    .map((file) => ({
      where: join(folder, file),
      key: "",
      message: "is no template: must be NAME.txt or NAME.html, NAME of a-z, 0-9 and -",
    }));
  const orphans = files
    .filter((file) => isOrphan(file, files))
    .map((file) => ({
      where: join(folder, file),
      key: "",
      message: `has no ${basename(file, ".html")}.txt beside it`,
    }));
  const names = files.filter((file) => namePattern.test(file) && extname(file) === ".txt");
  const read = names.map((file) => readTemplate(folder, basename(file, ".txt"), files));
  return {
    templates: read.flatMap((each) => each.templates),
    problems: [...strangers, ...orphans, ...read.flatMap((each) => each.problems)],
  };
}

function isOrphan(file: string, files: readonly string[]): boolean {
  if (!namePattern.test(file) || extname(file) !== ".html") return false;
  return !files.includes(`${basename(file, ".html")}.txt`);
}

function readTemplate(folder: string, name: string, files: readonly string[]): TemplateFolder {
  const textFile = join(folder, `${name}.txt`);
  const htmlFile = join(folder, `${name}.html`);
  const text = attempt(textFile, () => parseTextFile(readBounded(textFile)));
  const html = attempt(htmlFile, () =>
    files.includes(`${name}.html`) ? parsePlaceholders(readBounded(htmlFile)) : undefined,
  );
  if (text.isDone && html.isDone) {
    const pieces = { ...text.value, html: html.value };
    return { templates: [{ name, render: (values) => render(pieces, values) }], problems: [] };
  }
  const problems = [text, html].flatMap((each) => (each.isDone ? [] : [each.problem]));
  return { templates: [], problems };
}

interface Pieces {
  readonly subject: readonly Piece[];
  readonly text: readonly Piece[];
  readonly html: readonly Piece[] | undefined;
}

const textFilePattern = /^Subject:(?<subject>[^\n]*)\n(?:\n(?<text>[\s\S]*))?$/;

function parseTextFile(source: string): Pick<Pieces, "subject" | "text"> {
  const match = textFilePattern.exec(source);
  if (match === null) {
    throw new PlaceholderError('must begin with "Subject: …" and an empty line', 1);
  }
  return {
    subject: parsePlaceholders((match.groups?.["subject"] ?? "").trim()),
    text: parsePlaceholders(match.groups?.["text"] ?? "", 3),
  };
}

function readBounded(file: string): string {
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  if (Buffer.byteLength(text) <= bodyBytesMax) return text;
  throw new Error(`must be at most ${bodyBytesMax} bytes`);
}

function render(pieces: Pieces, values: TemplateValues): Checked<Written> {
  const plain = { escape: (text: string) => text, charsMax: bodyBytesMax };
  const subject = fillPlaceholders(pieces.subject, values, plain);
  const text = fillPlaceholders(pieces.text, values, plain);
  const html = fillPlaceholders(pieces.html ?? [], values, { ...plain, escape: escapeHtml });
  if (!subject.isComplete || !text.isComplete || !html.isComplete) {
    const description = `must not make a mail of more than ${bodyBytesMax} bytes`;
    return { isValid: false, problems: [{ field: "", description }] };
  }
  return {
    isValid: true,
    value: {
      subject: toSubject(subject.text),
      text: text.text,
      html: pieces.html === undefined ? undefined : html.text,
    },
  };
}

type Attempt<T> =
  | { readonly isDone: true; readonly value: T }
  | { readonly isDone: false; readonly problem: ConfigProblem };

function attempt<T>(where: string, work: () => T): Attempt<T> {
  try {
    return { isDone: true, value: work() };
  } catch (error) {
    const line = error instanceof PlaceholderError ? `:${error.line}` : "";
    const message = error instanceof Error ? error.message : String(error);
    return { isDone: false, problem: { where: `${where}${line}`, key: "", message } };
  }
}

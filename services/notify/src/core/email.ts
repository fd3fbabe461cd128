// What SendEmail was asked, and what is wrong with it. Checks everything before anything is
// changed, and tells every problem at once.

import { type Address, parseAddress } from "./address.ts";

/** A value that a template can refer to. */
export type TemplateValue =
  null | boolean | number | string | readonly TemplateValue[] | TemplateValues;
export interface TemplateValues {
  readonly [key: string]: TemplateValue;
}

/** A finished message: one line, text, and HTML where there is any. */
export interface Written {
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
}

export type Content =
  | { readonly kind: "template"; readonly name: string; readonly values: TemplateValues }
  | ({ readonly kind: "written" } & Written);

/** One message as a client asked for it, unchecked. */
export interface EmailRequest {
  readonly key: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly thread: string;
  readonly content: Content | undefined;
}

/** The same, checked. */
export interface Email {
  readonly key: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** Empty: a conversation of its own. */
  readonly thread: string;
  readonly content: Content;
}

/** One thing that is wrong: the field's path in the request, and why. */
export interface Problem {
  readonly field: string;
  readonly description: string;
}

export type Checked<T> =
  | { readonly isValid: true; readonly value: T }
  | { readonly isValid: false; readonly problems: readonly Problem[] };

const addressesMax = 100;
export const subjectCharsMax = 255;
/** Of text and of HTML, each. */
export const bodyBytesMax = 256 * 1024;
/**
 * Honest values are four levels deep; the bound keeps what walks them from running out of stack.
 */
const valuesDepthMax = 32;

const keyPattern = /^[^\p{C}\p{Z}]{1,200}$/u;
const linePattern = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
// A control character that is no tab, line feed or carriage return.
const badInBody = /[^\P{Cc}\t\n\r]/u;

/** Checks a request. */
export function checkEmail(request: EmailRequest): Checked<Email> {
  const to = checkAddresses(request.to, "to");
  const cc = checkAddresses(request.cc, "cc");
  const problems = [
    ...checkKey(request.key),
    ...(request.to.length === 0 ? [problem("to", "must hold at least one address")] : []),
    ...to.problems,
    ...cc.problems,
    ...checkThread(request.thread),
    ...checkContent(request.content),
  ];
  const { content } = request;
  if (problems.length > 0 || content === undefined) return { isValid: false, problems };
  const { key, thread } = request;
  return {
    isValid: true,
    value: { key, thread, content, to: to.addresses, cc: cc.addresses },
  };
}

/** The problems of an idempotency key. */
export function checkKey(key: string): readonly Problem[] {
  if (keyPattern.test(key)) return [];
  return [problem("idempotency_key", "must be 1 to 200 printable characters without spaces")];
}

/** The problems of a finished message; `path` leads to its fields. */
export function checkWritten(written: Written, path: string): readonly Problem[] {
  const { subject, text, html } = written;
  const problems: Problem[] = [];
  const subjectChars = Array.from(subject).length;
  if (subject.trim() === "" || subjectChars > subjectCharsMax || !linePattern.test(subject)) {
    const description = `must be one line of 1 to ${subjectCharsMax} characters`;
    problems.push(problem(`${path}.subject`, description));
  }
  return [...problems, ...checkBody(text, `${path}.text`), ...checkBody(html, `${path}.html`)];
}

function checkThread(thread: string): readonly Problem[] {
  if (thread === "" || keyPattern.test(thread)) return [];
  return [problem("thread", "must be empty or 1 to 200 printable characters without spaces")];
}

function checkAddresses(texts: readonly string[], field: string) {
  if (texts.length > addressesMax) {
    const problems = [problem(field, `must hold at most ${addressesMax} addresses`)];
    return { addresses: [], problems };
  }
  const addresses: Address[] = [];
  const problems: Problem[] = [];
  for (const [index, text] of texts.entries()) {
    const result = parseAddress(text);
    if (result.isValid) addresses.push(result.address);
    else problems.push(problem(`${field}[${index}]`, result.because));
  }
  return { addresses, problems };
}

function checkContent(content: Content | undefined): readonly Problem[] {
  if (content === undefined) return [problem("content", "must be a template or written")];
  if (content.kind === "written") return checkWritten(content, "written");
  if (isDeeper(content.values, valuesDepthMax)) {
    return [problem("template.values", `must be at most ${valuesDepthMax} levels deep`)];
  }
  return [];
}

function checkBody(body: string | undefined, field: string): readonly Problem[] {
  if (body === undefined) return [];
  if (Buffer.byteLength(body) > bodyBytesMax) {
    return [problem(field, `must be at most ${bodyBytesMax} bytes`)];
  }
  if (!badInBody.test(body)) return [];
  return [problem(field, "must not hold control characters but tabs and line breaks")];
}

function isDeeper(value: TemplateValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

function problem(field: string, description: string): Problem {
  return { field, description };
}

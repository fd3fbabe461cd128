// Whatever went wrong, as the page is told it: a reason, a message, what to do, and an HTTP status.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { CallFailed, Failure, type FailureKind } from "@hot-backup/kit/errors.ts";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ProblemView, ViolationView } from "../view/problem.ts";
import { adviceFor } from "./advice.ts";

/** A service found something wrong with a definition that came as text. */
export class DefinitionRefused extends Error {
  override readonly name = "DefinitionRefused";
  readonly refused: CallFailed;
  readonly violations: readonly ViolationView[];

  constructor(refused: CallFailed, violations: readonly ViolationView[]) {
    super(refused.message, { cause: refused });
    this.refused = refused;
    this.violations = violations;
  }
}

/** The body and the status of an answer that is no success. */
export interface Problem {
  readonly httpStatus: ContentfulStatusCode;
  readonly view: ProblemView;
}

/** What is told at once: whoever has made more mistakes corrects the first ones first. */
const violationsMax = 100;

const own: Readonly<Record<FailureKind, ContentfulStatusCode>> = {
  invalid_input: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  already_exists: 409,
  refused: 409,
  replaced: 409,
  exhausted: 429,
  internal: 500,
  unavailable: 503,
  overdue: 504,
};

/** Reasons for which HTTP has a word of its own. */
const special: ReadonlyMap<string, ContentfulStatusCode> = new Map([["BODY_TOO_LARGE", 413]]);

// That a service does not take the gateway for somebody is not the fault of who asks the gateway.
const upstream: Readonly<Record<FailureKind, ContentfulStatusCode>> = {
  ...own,
  unauthenticated: 502,
  denied: 502,
  exhausted: 503,
  internal: 502,
};

/** Undefined: nobody foresaw this, and it is a bug of the gateway. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof CallFailed) return ofCall(error);
  if (error instanceof DefinitionRefused) {
    const { httpStatus, view } = ofCall(error.refused);
    return { httpStatus, view: { ...view, violations: error.violations } };
  }
  if (error instanceof Failure) {
    const { kind, reason, message, violations } = error;
    const httpStatus = special.get(reason) ?? own[kind];
    return { httpStatus, view: viewOf({ reason, message, violations }) };
  }
  if (error instanceof ConfigError) return ofDefinition(error);
  return undefined;
}

export const bug: Problem = {
  httpStatus: 500,
  view: {
    reason: "INTERNAL",
    message: "Cannot do that: this is a bug of the console",
    violations: [],
    next: "Report it with the lines of the console's log.",
  },
};

/** The line of "file:line:column". Undefined: it names none. */
export function lineOf(where: string): number | undefined {
  const [, line] = /:(\d+):\d+$/.exec(where) ?? [];
  return line === undefined ? undefined : Number(line);
}

function ofDefinition({ problems }: ConfigError): Problem {
  const told = problems.slice(0, violationsMax);
  const violations = told.map(({ where, key, message }) => {
    return { field: key, description: message, line: lineOf(where) };
  });
  const { length } = problems;
  const many = length === 1 ? "one thing is" : `${length} things are`;
  const rest = told.length < length ? ", of which these are the first" : "";
  const message = `Bad input: ${many} wrong in it${rest}`;
  return { httpStatus: 400, view: viewOf({ reason: "INVALID_INPUT", message, violations }) };
}

function ofCall(error: CallFailed): Problem {
  const { kind, reason, violations } = error;
  return {
    httpStatus: upstream[kind],
    view: viewOf({ reason, message: messageOf(error), violations }),
  };
}

// A service that refuses says itself what could not be done: once is enough.
function messageOf({ message, cause }: CallFailed): string {
  const told = cause instanceof Error && "details" in cause ? cause.details : "";
  return typeof told === "string" && told.startsWith("Cannot ") ? told : inPlainWords(message);
}

function viewOf(problem: Omit<ProblemView, "next">): ProblemView {
  const violations = problem.violations.slice(0, violationsMax);
  return { ...problem, violations, next: adviceFor(problem.reason) };
}

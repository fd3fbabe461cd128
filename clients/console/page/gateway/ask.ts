// One question to the gateway, and its answer or its refusal. Everything that is not streamed comes
// this way.

import type { ProblemView } from "../../src/view/problem.ts";
import { readJson } from "./convert.ts";

/** What the gateway, or a service behind it, has refused. */
export class Refusal extends Error {
  readonly problem: ProblemView;
  /** HTTP status; 0: the gateway was not reached. */
  readonly httpStatus: number;

  constructor(problem: ProblemView, httpStatus: number) {
    super(problem.message);
    this.problem = problem;
    this.httpStatus = httpStatus;
  }
}

export interface AskOptions {
  /** What is sent. Absent: the question is a GET. */
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Longer than any call of the gateway may take. */
const deadlineMs = 20_000;

/** A header that no page of another origin may send: it tells the gateway that this page asks. */
const ours = { "x-hot-backup-console": "1" };

/** Asks. Rejects with a Refusal, or with an AbortError when the signal aborts. */
export async function ask<Answer>(path: string, options: AskOptions = {}): Promise<Answer> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const { body, signal } = options;
  const wanted: RequestInit = {
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    headers: ours,
    ...(body !== undefined && {
      method: "POST",
      body: JSON.stringify(body),
      headers: { ...ours, "content-type": "application/json" },
    }),
  };
  const response = await fetch(path, wanted).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw unreached(cause);
  });
  if (!response.ok) throw await readRefusal(response);
  return readJson<Answer>(await response.text());
}

function unreached(cause: unknown): Refusal {
  const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
  const why = isLate ? `no answer within ${deadlineMs / 1000} s` : "it cannot be reached";
  const problem = {
    reason: "GATEWAY_UNREACHED",
    message: `Cannot ask the gateway: ${why}`,
    violations: [],
    next: "See whether the console service runs; what was asked may have been done all the same",
  };
  return new Refusal(problem, 0);
}

async function readRefusal(response: Response): Promise<Refusal> {
  try {
    return new Refusal(readJson<ProblemView>(await response.text()), response.status);
  } catch {
    const message = `Cannot read the answer: HTTP ${response.status} without a reason`;
    const problem = {
      reason: "NO_REASON",
      message,
      violations: [],
      next: "Read the gateway's log",
    };
    return new Refusal(problem, response.status);
  }
}

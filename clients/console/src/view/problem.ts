// What an answer says that is no success: a JSON object with these keys, and an HTTP status.

export interface ProblemView {
  /** For programs: the reason of a service (docs/errors.md) or one of the gateway's own. */
  readonly reason: string;
  /** What could not be done, and why. */
  readonly message: string;
  /** What is wrong with the input, by field. */
  readonly violations: readonly ViolationView[];
  /** What to do now, in one line. */
  readonly next: string;
}

export interface ViolationView {
  readonly field: string;
  readonly description: string;
  /** Line of the text that was sent, from 1. Undefined: it is about no line of it. */
  readonly line?: number | undefined;
}

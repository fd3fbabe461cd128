// What goes wrong, as a person is told it: what could not be done, why, and what to do next.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import { CallFailed, Failure } from "@hot-backup/kit/errors.ts";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { adviceFor } from "./advice.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";

/** Ends a command. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: ExitCode;
  /** For programs: the reason of a service, or one of this command line's own. */
  readonly reason: string;
  /** What to do now, in one line. */
  readonly next: string;

  constructor(
    message: string,
    options: { exitCode: ExitCode; reason: string; next: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.reason = options.reason;
    this.next = options.next;
  }
}

/** A complaint about how the command was called. */
export function misuse(message: string, next: string): Complaint {
  return new Complaint(message, { exitCode: exitCodes.misused, reason: "MISUSED", next });
}

/** Any thrown value. What nobody foresaw keeps its stack, for whoever is to mend it. */
export function toComplaint(error: unknown): Complaint {
  if (error instanceof Complaint) return error;
  if (error instanceof CallFailed) return ofCall(error);
  if (error instanceof ConfigError) {
    return new Complaint(error.message, {
      exitCode: exitCodes.misused,
      reason: "BAD_CONFIGURATION",
      next: "correct the file; docs/cli.md and docs/configuration.md list every key",
      cause: error,
    });
  }
  if (error instanceof Failure) {
    const next = adviceFor(error.reason);
    const { message, reason } = error;
    return new Complaint(message, { exitCode: exitCodes.misused, reason, next, cause: error });
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Complaint(told, {
    exitCode: exitCodes.failed,
    reason: "BUG",
    next: "this is a bug of the command line: report it with these lines",
    cause: error,
  });
}

function ofCall(error: CallFailed): Complaint {
  const { reason, isRetryable, cause } = error;
  const next = adviceFor(reason);
  const exitCode = exitCodeOf(reason, isRetryable);
  return new Complaint(messageOf(error), { exitCode, reason, next, cause });
}

// A service that refuses says itself what could not be done: once is enough.
function messageOf({ message, cause }: CallFailed): string {
  const own = cause instanceof Error && "details" in cause ? cause.details : "";
  return typeof own === "string" && own.startsWith("Cannot ") ? own : inPlainWords(message);
}

function exitCodeOf(reason: string, isRetryable: boolean): ExitCode {
  if (isRetryable) return exitCodes.unreachable;
  return reason === "INVALID_INPUT" ? exitCodes.misused : exitCodes.failed;
}

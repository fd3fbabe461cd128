// Failures at the edge, and the only place that knows gRPC status codes. A failure has a message
// for people, a reason for programs, and travels as google.rpc.Status with ErrorInfo (and
// BadRequest for bad input). Bugs are not failures: they are thrown by node:assert and end the
// process.

import { Metadata, status as Code, type ServiceError, type StatusObject } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";

const domain = "hotbackup.v1";
const detailsKey = "grpc-status-details-bin";

// A status travels in the headers of HTTP/2, which hold 64 KiB: a longer one would not arrive at
// all.
const messageCharactersMax = 1000;
const violationsMax = 20;
const fieldCharactersMax = 100;
const descriptionCharactersMax = 200;

/** One thing that is wrong with an input: the field's path in the request, and why. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Every kind of failure, as programs of this house call it. */
const kinds = [
  "invalid_input",
  "not_found",
  "already_exists",
  "refused",
  "replaced",
  "exhausted",
  "denied",
  "unauthenticated",
  "overdue",
  "unavailable",
  "internal",
] as const;
export type FailureKind = (typeof kinds)[number];

const codes: Readonly<Record<FailureKind, Code>> = {
  invalid_input: Code.INVALID_ARGUMENT,
  not_found: Code.NOT_FOUND,
  already_exists: Code.ALREADY_EXISTS,
  refused: Code.FAILED_PRECONDITION,
  replaced: Code.ABORTED,
  exhausted: Code.RESOURCE_EXHAUSTED,
  denied: Code.PERMISSION_DENIED,
  unauthenticated: Code.UNAUTHENTICATED,
  overdue: Code.DEADLINE_EXCEEDED,
  unavailable: Code.UNAVAILABLE,
  internal: Code.INTERNAL,
};

/** A request that could not be done, told to the client as a gRPC status. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];

  constructor(
    kind: FailureKind,
    options: {
      message: string;
      reason: string;
      metadata?: Readonly<Record<string, string>>;
      violations?: readonly Violation[];
      cause?: unknown;
    },
  ) {
    super(options.message, { cause: options.cause });
    this.kind = kind;
    this.reason = options.reason;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
  }
}

/**
 * INVALID_ARGUMENT with one BadRequest violation per problem. Needs at least one violation; the
 * first 20 are told.
 */
export function invalidInput(problems: readonly Violation[]): Failure {
  const violations = problems.slice(0, violationsMax).map(({ field, description }) => ({
    field: shorten(field, fieldCharactersMax),
    description: shorten(description, descriptionCharactersMax),
  }));
  const list = violations.map((each) => `${each.field}: ${each.description}`).join("; ");
  return new Failure("invalid_input", {
    message: `Bad input: ${list}`,
    reason: "INVALID_INPUT",
    violations,
  });
}

/** A call to another service that failed, as the caller sees it. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly code: Code;
  /**
   * Reason of the ErrorInfo detail; the name of the status code where there is none. CANNOT_SEND
   * where the call did not even begin: its client is closed.
   */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What was wrong with the request. Empty where that was not the matter. */
  readonly violations: readonly Violation[];

  /** `cause` is what the call answered, or whatever was thrown in its place. */
  constructor(what: string, cause: unknown) {
    if (!isServiceError(cause)) {
      super(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      this.code = Code.INTERNAL;
      this.reason = "CANNOT_SEND";
      this.metadata = {};
      this.violations = [];
      return;
    }
    super(`${what}: ${plainDetails(cause.details) || cause.message}`, { cause });
    const info = readErrorInfo(cause);
    this.code = cause.code;
    this.reason = info?.reason ?? Code[cause.code] ?? "UNKNOWN";
    this.metadata = info?.metadata ?? {};
    this.violations = readViolations(cause);
  }

  /** What kind of failure it was to the service. What no service of ours sends is internal. */
  get kind(): FailureKind {
    return kinds.find((each) => codes[each] === this.code) ?? "internal";
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get isRetryable(): boolean {
    return this.code === Code.UNAVAILABLE || this.code === Code.DEADLINE_EXCEEDED;
  }
}

// grpc-js wraps why a connection failed into sentences about who tried, one for each of its layers.
function plainDetails(details: string): string {
  const noConnection = "No connection established";
  if (!/^(?:\w+: )?No connection established\. /.test(details)) return details;
  const told = details.split("Last error: ").at(-1)?.split(". Resolution note")[0] ?? "";
  return told === "" || told === "null" ? noConnection : told.replace(/^Error: /, "");
}

/** Any thrown value to a gRPC status with rich details. What is no Failure becomes INTERNAL. */
export function toStatus(error: unknown): StatusObject {
  const failure = error instanceof Failure ? error : internal(error);
  const code = codes[failure.kind];
  const message = shorten(failure.message, messageCharactersMax);
  const details = [
    {
      typeUrl: "type.googleapis.com/google.rpc.ErrorInfo",
      value: bytesOf(
        ErrorInfo.encode({ reason: failure.reason, domain, metadata: shortenAll(failure) }),
      ),
    },
  ];
  if (failure.violations.length > 0) {
    details.push({
      typeUrl: "type.googleapis.com/google.rpc.BadRequest",
      value: bytesOf(
        BadRequest.encode(BadRequest.fromPartial({ fieldViolations: failure.violations })),
      ),
    });
  }
  const metadata = new Metadata();
  const status = Status.fromPartial({ code, message, details });
  metadata.set(detailsKey, bytesOf(Status.encode(status)));
  return { code, details: message, metadata };
}

// A value may be what a client has sent, of any length.
function shortenAll({ metadata }: Failure): Record<string, string> {
  const entries = Object.entries(metadata);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, shorten(value, descriptionCharactersMax)]),
  );
}

function shorten(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax - 1)}…`.toWellFormed();
}

function bytesOf(message: { finish(): Uint8Array }): Buffer {
  return Buffer.from(message.finish());
}

function internal(error: unknown): Failure {
  return new Failure("internal", {
    message: "Internal error: see the log of the service",
    reason: "INTERNAL",
    cause: error,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number";
}

function readErrorInfo(error: ServiceError): ErrorInfo | undefined {
  return readDetail(error, ".ErrorInfo", (bytes) => ErrorInfo.decode(bytes));
}

function readViolations(error: ServiceError): readonly Violation[] {
  const found = readDetail(error, ".BadRequest", (bytes) => BadRequest.decode(bytes));
  return (found?.fieldViolations ?? []).map(({ field, description }) => ({ field, description }));
}

// What cannot be read is as if it were not there: whoever answers may be anybody.
function readDetail<Detail>(
  error: ServiceError,
  type: string,
  decode: (bytes: Uint8Array) => Detail,
): Detail | undefined {
  const [bytes] = error.metadata?.get(detailsKey) ?? [];
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    const detail = Status.decode(bytes).details.find((each) => each.typeUrl.endsWith(type));
    return detail === undefined ? undefined : decode(detail.value);
  } catch {
    return undefined;
  }
}

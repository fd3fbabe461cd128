// Lets a call through to its handler, or not: once, when it begins. Who calls is the identity of
// the connection's certificate; what it may do is in permissions.ts. Where there is no TLS nobody
// is told apart, and nothing of this is in the way.

import assert from "node:assert";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { nameActor } from "./actor.ts";
import type { Denials } from "./denials.ts";
import { Failure, toStatus } from "./errors.ts";
import { type Identity, printIdentity, readIdentity, type ServiceIdentity } from "./identity.ts";
import { type Condition, type Permission, permissionOf, type Role } from "./permissions.ts";

/** Whoever asks for the identity of a caller. */
export interface Caller {
  getAuthContext(): { readonly sslPeerCertificate?: { readonly subjectaltname?: string } };
}

/** Guards the methods of one server. */
export interface Guard {
  /** The same service, whose handlers are reached only by those who may. */
  guard(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): UntypedServiceImplementation;
}

type Handler = UntypedServiceImplementation[string];
type UnaryArguments = Parameters<handleUnaryCall<unknown, unknown>>;
type StreamCall = Parameters<handleServerStreamingCall<unknown, unknown>>[0];

/**
 * Who made a call that was let through, settled when it began: the certificate cannot be asked any
 * more when the connection is gone, and what came over it before still waits to be read.
 */
const callers = new WeakMap<Caller, Identity>();

/** A guard for the services that run as `own`. */
export function createGuard(own: ServiceIdentity, denials: Denials): Guard {
  const check = (path: string, permission: Permission, call: StreamCall | UnaryArguments[0]) => {
    const identity = identityOf(call);
    try {
      authorize({ path, permission, identity, own, request: requestOf(call) });
      if (identity !== undefined) callers.set(call, identity);
      if ("request" in call) call.request = nameActor(call.request, identity);
      return undefined;
    } catch (error) {
      assert(error instanceof Failure, "only a denial is thrown here");
      denials.note({
        reason: error.reason,
        because: error.message,
        peer: call.getPeer(),
        method: path,
        ...(identity !== undefined && { identity: printIdentity(identity) }),
      });
      return toStatus(error);
    }
  };
  return {
    guard: (definition, implementation) =>
      Object.fromEntries(
        Object.entries(implementation).map(([name, handler]) => {
          const method = definition[name];
          assert(method !== undefined, `a handler belongs to a method: ${name}`);
          const permission = permissionOf(method.path);
          assert(permission !== undefined, `permissions.ts has no row for ${method.path}`);
          const isStream = method.requestStream || method.responseStream;
          const checked = isStream ? guardStream : guardUnary;
          return [name, checked(handler, (call) => check(method.path, permission, call))];
        }),
      ),
  };
}

type Check = (call: StreamCall | UnaryArguments[0]) => ReturnType<typeof toStatus> | undefined;

function guardUnary(handler: Handler, check: Check): Handler {
  return (...[call, callback]: UnaryArguments) => {
    const denial = check(call);
    if (denial === undefined) Reflect.apply(handler, undefined, [call, callback]);
    else callback(denial);
  };
}

function guardStream(handler: Handler, check: Check): Handler {
  return (call: StreamCall) => {
    const denial = check(call);
    if (denial === undefined) Reflect.apply(handler, undefined, [call]);
    else call.emit("error", denial);
  };
}

/** Who made a call. Undefined: it came where nobody is told apart. */
export function callerOf(call: Caller): Identity | undefined {
  return callers.get(call);
}

// Undefined where the connection has no TLS, or is gone.
function identityOf(caller: Caller): Identity | undefined {
  return readIdentity(caller.getAuthContext().sslPeerCertificate?.subjectaltname);
}

/** Throws unless this identity may send this request to this method. */
export function authorize(asked: {
  readonly path: string;
  readonly permission: Permission;
  readonly identity: Identity | undefined;
  readonly own: ServiceIdentity;
  readonly request: unknown;
}): void {
  const { path, permission, identity, own, request } = asked;
  const cannot = `Cannot call ${path.slice(1)}`;
  if (identity === undefined) {
    const message = `${cannot}: the connection of the caller is gone, or has no identity`;
    throw new Failure("unauthenticated", { message, reason: "NO_IDENTITY" });
  }
  const conditions = permission[roleOf(identity)];
  if (conditions === undefined) {
    const message = `${cannot}: ${printIdentity(identity)} may not`;
    throw new Failure("denied", { message, reason: "ROLE_NOT_ALLOWED" });
  }
  for (const condition of conditions) {
    const unmet = findUnmet(condition, { identity, own, request });
    if (unmet === undefined) continue;
    throw new Failure("denied", {
      message: `${cannot}: ${printIdentity(identity)} may ${unmet.only}`,
      reason: unmet.reason,
    });
  }
}

function roleOf(identity: Identity): Role {
  return identity.kind === "service" ? identity.service : identity.kind;
}

function findUnmet(
  condition: Condition,
  given: { identity: Identity; own: ServiceIdentity; request: unknown },
): { reason: string; only: string } | undefined {
  const { identity, own, request } = given;
  switch (condition) {
    case "own_stream":
      return undefined;
    case "same_server": {
      if (identity.kind === "service" && identity.server === own.server) return undefined;
      const only = `only where it is on the same server, and this is ${own.server}`;
      return { reason: "OTHER_SERVER", only };
    }
    case "with_order":
      if (fieldOf(request, "order") !== undefined) return undefined;
      return { reason: "ORDER_NEEDED", only: "only give orders, which have a term" };
    case "without_order":
      if (fieldOf(request, "order") === undefined) return undefined;
      return { reason: "NO_MONITOR", only: "not give orders: only a monitor has a term" };
    case "with_actor":
      if (nameOf(fieldOf(request, "actor")) !== "") return undefined;
      return { reason: "ACTOR_NEEDED", only: "only act for somebody, whom the request names" };
    case "only_reading": {
      const claims = fieldOf(request, "monitorOf");
      if (!Array.isArray(claims) || claims.length === 0) return undefined;
      return { reason: "NO_MONITOR", only: "only read, and not claim to be a monitor" };
    }
  }
}

/**
 * Throws unless a stream may speak for this server. Nothing is in the way of a caller without an
 * identity: it came where nobody is told apart.
 */
export function checkSpeaksFor(caller: Caller, serverId: string): void {
  const identity = callerOf(caller);
  if (identity === undefined) return;
  if (identity.kind === "service" && identity.server === serverId) return;
  const cannot = `Cannot take heartbeats of server "${serverId}"`;
  throw new Failure("denied", {
    message: `${cannot}: they come from ${printIdentity(identity)}`,
    reason: "OTHER_SERVER",
  });
}

function requestOf(call: object): unknown {
  return "request" in call ? call.request : undefined;
}

function nameOf(actor: unknown): unknown {
  return fieldOf(actor, "name") ?? "";
}

function fieldOf(request: unknown, name: string): unknown {
  if (typeof request !== "object" || request === null) return undefined;
  return Object.getOwnPropertyDescriptor(request, name)?.value;
}

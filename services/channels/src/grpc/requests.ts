// Checks every request and turns it into what the loop understands. Bad input of any kind is
// INVALID_ARGUMENT.

import { channelNamePattern } from "@hot-backup/kit/config-fields.ts";
import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import { Failure, invalidInput } from "@hot-backup/kit/errors.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import type {
  DeployChannelRequest,
  ListChannelsRequest,
  ReadChannelLogRequest,
  RenewLeaseRequest,
  StartChannelsRequest,
  WatchChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Actor, Order as WireOrder } from "@hot-backup/proto/hotbackup/v1/order.ts";
import {
  fromWireActivation,
  fromWireDecision,
  fromWireDefinition,
  fromWireOrder,
} from "../convert.ts";
import type { Order } from "../core/orders.ts";
import { digestOf } from "../digest.ts";
import type { News } from "../loop.ts";
import { checkDefinition } from "./definition-checks.ts";
import { Input } from "./input.ts";

type NewsOf<Type extends News["type"]> = Extract<News, { type: Type }>;

/** Terms are kept in 64 bits with a sign. */
const termMax = 2n ** 63n - 1n;

/**
 * Furthest deadline that is believed: longer than any release, shorter than any mistake of a unit.
 */
const leaseAheadMsMax = 86_400_000;

/** As many servers as one monitor watches. */
const monitoredMax = 10_000;

const pageSizes = { usual: 100, max: 1000 } as const;
const tailLines = { usual: 100, max: 10_000 } as const;

export function readDeploy(request: DeployChannelRequest): NewsOf<"channel_deployed"> {
  const input = new Input();
  checkActor(input, request.actor);
  const activation = fromWireActivation(request.activation);
  input.require(activation !== undefined, "activation", "must be ACTIVE or INACTIVE");
  input.require(request.definition !== undefined, "definition", "is missing");
  const wire = request.definition;
  const definition = wire && fromWireDefinition(wire);
  if (wire !== undefined) {
    input.require(definition !== undefined, "definition.runtime", "is missing");
    checkDuration(input, wire.readiness?.timeout, "definition.readiness.timeout");
    checkDuration(input, wire.readiness?.interval, "definition.readiness.interval");
    checkDuration(input, wire.stop?.timeout, "definition.stop.timeout");
    checkDuration(input, wire.restart?.backoff, "definition.restart.backoff");
    checkDuration(input, wire.restart?.backoffMax, "definition.restart.backoff_max");
    checkDuration(input, wire.restart?.stableAfter, "definition.restart.stable_after");
  }
  if (definition !== undefined) checkDefinition(input, definition);
  input.done();
  if (definition === undefined || activation === undefined) throw missing("definition");
  return { type: "channel_deployed", definition, digest: digestOf(definition), activation };
}

/** Break glass. Who does it and why must be said: it is all that is left to go by. */
export function readOverride(request: StartChannelsRequest): NewsOf<"override_asked"> {
  const input = new Input();
  input.names(request.names, "names");
  input.require(request.order === undefined, "order", "must be absent with an override");
  input.serverId(request.override?.serverId ?? "", "override.server_id");
  checkActor(input, request.actor);
  const { name = "", reason = "" } = request.actor ?? {};
  input.require(name.trim() !== "", "actor.name", "must say who breaks the glass");
  input.require(reason.trim() !== "", "actor.reason", "must say why");
  input.done();
  const serverId = request.override?.serverId ?? "";
  const because = `Started by ${name} without a lease or order: ${reason}`;
  return {
    type: "override_asked",
    serverId,
    names: request.names,
    because,
    actor: { name, reason },
  };
}

/** A start or a stop. */
export function readWish(
  request: Pick<StartChannelsRequest, "names" | "order" | "actor">,
  verb: "Started" | "Stopped",
): { names: readonly string[]; order: Order | undefined; because: string } {
  const input = new Input();
  input.names(request.names, "names");
  checkOrder(input, request.order);
  checkActor(input, request.actor);
  input.done();
  const { names, order, actor } = request;
  const who = actor === undefined || actor.name === "" ? "an operator" : actor.name;
  const by = order === undefined ? `by ${who}` : `by order of term ${order.term}`;
  const why = actor === undefined || actor.reason === "" ? "" : `: ${actor.reason}`;
  return { names, order: fromWireOrder(order), because: `${verb} ${by}${why}` };
}

/** A name that must be one channel's. */
export function readName(name: string, actor?: Actor): string {
  const input = new Input();
  checkName(input, name);
  checkActor(input, actor);
  input.done();
  return name;
}

export function readProtectedBy(serverId: string): string | undefined {
  const input = new Input();
  if (serverId !== "") input.serverId(serverId, "protected_by");
  input.done();
  return serverId === "" ? undefined : serverId;
}

/** Ids of the servers that the watcher is the monitor of. */
export function readMonitorOf({ monitorOf }: WatchChannelsRequest): readonly string[] {
  const input = new Input();
  const isBounded = monitorOf.length <= monitoredMax;
  input.require(isBounded, "monitor_of", `must have at most ${monitoredMax} entries`);
  for (const [index, id] of monitorOf.slice(0, monitoredMax).entries()) {
    input.serverId(id, `monitor_of[${index}]`);
  }
  input.done();
  return [...new Set(monitorOf)];
}

export function readPage(request: ListChannelsRequest): { size: number; after: string } {
  const input = new Input();
  const { pageSize, pageToken } = request;
  input.require(pageSize <= pageSizes.max, "page_size", `must be at most ${pageSizes.max}`);
  const isToken = pageToken === "" || channelNamePattern.test(pageToken);
  input.require(isToken, "page_token", "must be the next_page_token of a page");
  input.done();
  return { size: pageSize === 0 ? pageSizes.usual : pageSize, after: pageToken };
}

export function readLogRequest(request: ReadChannelLogRequest): { name: string; tail: number } {
  const input = new Input();
  checkName(input, request.name);
  const isTail = request.tailLines <= tailLines.max;
  input.require(isTail, "tail_lines", `must be at most ${tailLines.max}`);
  input.done();
  return {
    name: request.name,
    tail: request.tailLines === 0 ? tailLines.usual : request.tailLines,
  };
}

/** A decision about the lease. `here` is what this service knows of itself. */
export function readRenewal(
  request: RenewLeaseRequest,
  here: { serverId: string; bootId: string; bootMs: number },
): NewsOf<"lease_decided"> {
  const input = new Input();
  const isOwn = request.serverId === here.serverId;
  input.require(isOwn, "server_id", `must be "${here.serverId}", the server of this service`);
  input.require(/^[0-9a-f-]{1,64}$/.test(request.bootId), "boot_id", "must be a kernel boot id");
  checkOrder(input, request.order);
  const isOwnOrder = request.order === undefined || request.order.serverId === here.serverId;
  input.require(isOwnOrder, "order.server_id", "must be the server_id of the request");
  const { decision: wire } = request;
  input.require(wire !== undefined, "decision", "is missing");
  if (wire?.$case === "deadline" || wire?.$case === "withdraw") {
    input.require(request.order !== undefined, "order", "is missing");
  }
  if (wire?.$case === "withdraw") input.line(wire.value.because, "withdraw.because", 1024);
  if (wire?.$case === "deadline" || wire?.$case === "cut") {
    checkInstant(input, wire.value, { field: wire.$case, bootMs: here.bootMs });
  }
  if (wire?.$case === "contact") {
    const field = "contact.override_until";
    checkInstant(input, wire.value.overrideUntil, { field, bootMs: here.bootMs });
  }
  checkInstant(input, request.monitorUntil, { field: "monitor_until", bootMs: here.bootMs });
  input.done();
  if (request.bootId !== here.bootId) throw otherBoot(request.bootId, here.bootId);
  const decision = fromWireDecision(request);
  if (decision === undefined) throw missing("decision");
  const monitorUntilMs = toMilliseconds(request.monitorUntil);
  return { type: "lease_decided", decision, streamSerial: request.streamSerial, monitorUntilMs };
}

function otherBoot(theirs: string, ours: string): Failure {
  return new Failure("refused", {
    message: `Cannot follow the decision: it belongs to boot ${theirs}, this is boot ${ours}`,
    reason: "OTHER_BOOT",
    metadata: { bootId: ours },
  });
}

function missing(field: string): Failure {
  return invalidInput([{ field, description: "is missing" }]);
}

function checkName(input: Input, name: string): void {
  const isName = channelNamePattern.test(name);
  input.require(isName, "name", "must be 1 to 63 characters of [a-z0-9._-]");
}

function checkOrder(input: Input, order: WireOrder | undefined): void {
  if (order === undefined) return;
  input.serverId(order.serverId, "order.server_id");
  const isTerm = order.term >= 1n && order.term <= termMax;
  input.require(isTerm, "order.term", `must be from 1 to ${termMax}`);
  const isJournal = /^[\x21-\x7e]{1,128}$/.test(order.journalId);
  input.require(isJournal, "order.journal_id", "must be 1 to 128 printable characters");
}

function checkActor(input: Input, actor: Actor | undefined): void {
  if (actor === undefined) return;
  input.line(actor.name, "actor.name", 128);
  input.line(actor.reason, "actor.reason", 1024);
}

// An instant since the boot of the kernel, no further ahead than anybody means.
function checkInstant(
  input: Input,
  instant: Duration | undefined,
  { field, bootMs }: { field: string; bootMs: number },
): void {
  if (instant === undefined) return;
  checkDuration(input, instant, field);
  const isNear = toMilliseconds(instant) <= bootMs + leaseAheadMsMax;
  input.require(isNear, field, "must be at most 24 h ahead");
}

// Neither negative nor malformed; how long it may be is checked where it is used.
function checkDuration(input: Input, duration: Duration | undefined, field: string): void {
  if (duration === undefined) return;
  const isValid = duration.seconds >= 0n && duration.nanos >= 0 && duration.nanos < 1e9;
  input.require(isValid, field, "must be a duration that is not negative");
}

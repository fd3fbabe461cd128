// Status that cannot lie, by the contracts: whatever a method answers that holds at one instant and
// not at another says at which. A new message that tells a state without its instant fails here.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  type DescEnum,
  type DescMessage,
  fromBinary,
  type Registry,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

/** What is told with these changes by itself. */
const states = [
  "Activity",
  "Assignment",
  "DeliveryState",
  "RunState",
  "ServerState",
  "StepState",
  "StreamState",
];

/** Messages that tell such a state and need no instant of their own, with the reason. */
const exceptions = new Map([
  ["StreamHeartbeatsResponse", "answers one heartbeat, which it names"],
  ["StartChannelsResponse", "the outcome of this very call"],
  ["StopChannelsResponse", "the outcome of this very call"],
  ["RenewLeaseResponse", "what holds after this very call"],
  ["TransitionRule", "a row of the table, which always holds"],
]);

const path = fileURLToPath(import.meta.resolve("@hot-backup/proto/descriptor.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));

test("every state that a method answers with says as of when it holds", () => {
  const responses = responsesOf(registry);
  expect(responses.length).toBeGreaterThan(20);
  expect(responses.flatMap((each) => findTimeless(each, [])).toSorted()).toEqual([]);
});

test("no exception is left over from a message that tells no state", () => {
  const told = new Set(responsesOf(registry).flatMap((each) => reachable(each)));
  const names = [...told].map(({ name }) => name);
  expect([...exceptions.keys()].filter((each) => !names.includes(each))).toEqual([]);
});

function responsesOf(types: Registry): DescMessage[] {
  const all = [...types];
  const services = all.filter((each) => each.kind === "service");
  const own = services.filter(({ typeName }) => typeName.startsWith("hotbackup.v1."));
  return own.flatMap(({ methods }) => methods.map(({ output }) => output));
}

// Paths to messages that tell a state, with no instant on the way.
function findTimeless(message: DescMessage, way: readonly string[]): string[] {
  if (way.includes(message.name) || exceptions.has(message.name)) return [];
  const { fields } = message;
  const instant = fields.find(({ name }) => name === "as_of")?.message;
  if (instant?.typeName === TimestampSchema.typeName) return [];
  const here = [...way, message.name];
  const own = fields.filter((field) => isState(field.enum)).map(({ name }) => name);
  const told = own.map((name) => `${here.join(" > ")}: ${name}`);
  return [...told, ...childrenOf(message).flatMap((each) => findTimeless(each, here))];
}

function reachable(message: DescMessage, seen = new Set<DescMessage>()): DescMessage[] {
  if (!seen.has(message)) {
    seen.add(message);
    for (const child of childrenOf(message)) reachable(child, seen);
  }
  return [...seen];
}

function childrenOf({ fields }: DescMessage): DescMessage[] {
  return fields.flatMap(({ message }) => message ?? []);
}

function isState(type: DescEnum | undefined): boolean {
  return type !== undefined && states.includes(type.name);
}

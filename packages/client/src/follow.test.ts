import { EventEmitter } from "node:events";
import type { ClientReadableStream } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { follow } from "./follow.ts";

test("a message that cannot be taken in ends the stream, and nothing else", async () => {
  let cancels = 0;
  const stream = Object.assign(new EventEmitter(), { cancel: () => (cancels += 1) });
  const told: number[] = [];
  const followed = follow(stream as unknown as ClientReadableStream<number>, {
    what: "Cannot follow it",
    stop: new AbortController().signal,
    onData: (message) => {
      if (message > 1) throw new Error("more than one");
      told.push(message);
    },
  });
  for (const message of [1, 2, 1]) stream.emit("data", message);
  await expect(followed).rejects.toThrow("Cannot follow it: more than one");
  expect(cancels).toBe(1);
  expect(told).toEqual([1]);
});

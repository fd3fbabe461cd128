import { expect, test } from "vitest";
import type { z } from "zod";
import {
  address,
  channelNameOrPrefixPattern,
  channelNamePattern,
  duration,
  listenAddress,
  serverId,
} from "./config-fields.ts";

const anyDuration = duration({ minMs: 0, maxMs: Number.MAX_SAFE_INTEGER });
const complaint = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => issue.message);

test.each([
  ["200ms", 200],
  ["1.5s", 1500],
  ["1.005s", 1005],
  ["0.3ms", 0.3],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["30d", 2_592_000_000],
  ["1 s", 1000],
])("the duration %s is %d ms", (text, milliseconds) => {
  expect(anyDuration.parse(text)).toBe(milliseconds);
});

test.each(["", "200", "ms", "-1s", "1e3s", "1.s", ".5s", "1w", "1s 2s", "1S", "Infinitys", " 1s"])(
  "%j is no duration",
  (text) => {
    expect(complaint(anyDuration, text)).toEqual([
      'must be a duration such as "200ms", "1.5s" or "10m"',
    ]);
  },
);

test.each([200, null, undefined, true, ["1s"]])("%j, which is no text, is no duration", (value) => {
  expect(complaint(anyDuration, value)).toEqual([
    'must be a duration such as "200ms", "1.5s" or "10m"',
  ]);
});

test("a duration outside its bounds is refused with the bounds, and the bounds are allowed", () => {
  const bounded = duration({ minMs: 1500, maxMs: 3_600_000 });
  expect(bounded.parse("1.5s")).toBe(1500);
  expect(bounded.parse("1h")).toBe(3_600_000);
  for (const text of ["1499ms", "61m"]) {
    expect(complaint(bounded, text)).toEqual(["must be from 1500ms to 1h"]);
  }
});

test.each(["127.0.0.1:7502", "[::1]:1", "backup-1.example.org:65535", "unix:/run/monitor.sock"])(
  "%s is an address",
  (text) => {
    expect(address.parse(text)).toBe(text);
  },
);

test.each([
  "",
  "127.0.0.1",
  ":7502",
  "host:",
  "host:0",
  "host:65536",
  "host:-1",
  "host:1:2",
  "::1:7502",
  "http://host:80",
  "unix:relative.sock",
  "ho st:80",
])("%j is no address", (text) => {
  expect(complaint(address, text)).toHaveLength(1);
});

test("a service may listen on port 0, but nobody can connect to it", () => {
  expect(listenAddress.parse("127.0.0.1:0")).toBe("127.0.0.1:0");
  expect(complaint(address, "127.0.0.1:0")).toHaveLength(1);
});

test("a server id is 1 to 63 small letters, digits and hyphens, no hyphen first", () => {
  for (const id of ["a", "primary-1", "1", "a".repeat(63)]) expect(serverId.parse(id)).toBe(id);
  for (const id of ["", "-a", "A", "a_b", "a.b", "a b", "ä", "a\n", "a".repeat(64)]) {
    expect(complaint(serverId, id)).toHaveLength(1);
  }
});

test("a channel name may hold dots and underscores, and only in an order end with a star", () => {
  for (const name of ["orders", "orders.v2", "0_1", "a".repeat(63)]) {
    expect(name).toMatch(channelNamePattern);
    expect(name).toMatch(channelNameOrPrefixPattern);
  }
  for (const prefix of ["*", "orders*"]) {
    expect(prefix).not.toMatch(channelNamePattern);
    expect(prefix).toMatch(channelNameOrPrefixPattern);
  }
  for (const name of ["", "**", "*a", "a*b", "Orders", "../orders", "a/b", "a".repeat(64)]) {
    expect(name).not.toMatch(channelNameOrPrefixPattern);
  }
});

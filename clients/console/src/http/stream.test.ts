// The stream of events over a real socket: a page that does not read must cost the gateway, and the
// pages beside it, nothing that grows.

import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { queueBytesMax } from "../event-stream.ts";
import { pagesMax } from "../newscast.ts";
import type { RunView } from "../view/run.ts";
import { ask, openGateway, openPage } from "./gateway.fixture.ts";

const ada = { name: "ada", role: "operator" } as const;
const eve = { name: "eve", role: "reader" } as const;
const kibibytes = (count: number) => "x".repeat(count * 1024);
const run = (runId: string, because: string) =>
  ({ toldBy: "backup-1", serverId: "primary-1", runId, because, heardAtMs: 0 }) as RunView;

test("a page that does not read is cut, and the one beside it hears everything", async () => {
  const gateway = await openGateway();
  const { newscast, logged } = gateway;
  const slow = await openPage(gateway);
  const other = await openPage(gateway);
  await vi.waitFor(() => expect(newscast.pages).toBe(2));
  slow.page.socket.pause();
  let told = 0;
  const tellMore = () => {
    newscast.board.runs.put(run(String((told += 1)), kibibytes(256)));
    expect(newscast.pages).toBe(1);
  };
  await vi.waitFor(tellMore, { timeout: 15_000, interval: 20 });
  // What the kernel takes on both ends is some MiB more.
  expect(told * 256 * 1024).toBeGreaterThan(queueBytesMax);
  expect(logged.join("")).toContain("A slow page was cut");
  await vi.waitFor(() => {
    const runs = other.events.flatMap((event) => event.runs ?? []);
    expect(runs.at(-1)?.runId).toBe(String(told));
  });
});

test("a quiet gateway says four times a second that it is there", async () => {
  const { events } = await openPage(await openGateway());
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(8), { timeout: 15_000 });
  const instants = events.map(({ nowMs }) => nowMs);
  const gaps = instants.slice(1).map((nowMs, index) => nowMs - (instants[index] ?? 0));
  expect(gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeLessThan(500);
});

test("what changes together is told together, once, and what is gone is named", async () => {
  const gateway = await openGateway();
  const { newscast } = gateway;
  const { events } = await openPage(gateway);
  await vi.waitFor(() => expect(events[0]?.kind).toBe("snapshot"));
  newscast.board.runs.put(run("1", "first"));
  newscast.board.runs.put(run("2", "second"));
  await vi.waitFor(() => {
    const told = events.flatMap((event) => event.runs ?? []);
    expect(told).toEqual([expect.objectContaining({ runId: "2" })]);
  });
  newscast.board.runs.drop("backup-1/primary-1");
  await vi.waitFor(() => {
    expect(events).toContainEqual(
      expect.objectContaining({ gone: { runs: ["backup-1/primary-1"] } }),
    );
  });
});

test("a gateway that stops ends its streams in good order", async () => {
  const gateway = await openGateway();
  const { page } = await openPage(gateway);
  const ended = once(page, "end");
  gateway.stop.abort();
  await ended;
  expect(page.complete).toBe(true);
});

test("a stream ends with the session of who reads it", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false, sessionMs: 1000 });
  const { page, events } = await openPage(gateway, gateway.cookieOf(ada));
  await vi.waitFor(() => expect(events[0]?.kind).toBe("snapshot"));
  await once(page, "end");
  expect(page.complete).toBe(true);
});

test("whoever opens all pages there are gives one up to somebody who has fewer", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false });
  const { newscast } = gateway;
  const cookie = gateway.cookieOf(eve);
  const [first] = await Promise.all(
    Array.from({ length: pagesMax }, () => openPage(gateway, cookie)),
  );
  expect(newscast.pages).toBe(pagesMax);
  const another = await ask(gateway, "/api/events", { cookie });
  expect(another).toMatchObject({ httpStatus: 429 });
  const closed = new Promise((resolve) => first?.page.once("close", resolve));
  const { events } = await openPage(gateway, gateway.cookieOf(ada));
  await vi.waitFor(() => expect(events[0]?.kind).toBe("snapshot"));
  await closed;
  expect(newscast.pages).toBe(pagesMax);
});

import { Failure, type FailureKind, toStatus } from "@hot-backup/kit/errors.ts";
import {
  type MonitorServiceClient,
  Run,
  RunState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { Board } from "../board.ts";
import type { ServerView } from "../view/server.ts";
import { RunFollower } from "./run-follower.ts";

type Answer = (runId: string) => Run | Error;

/** A monitor that knows runs, and nothing else. */
function openFollower(answer: Answer) {
  const asked: string[] = [];
  const getRun = (
    { runId }: { runId: string },
    _metadata: object,
    _options: object,
    callback: (error: Error | null, response?: { run: Run }) => void,
  ) => {
    asked.push(runId);
    const told = answer(runId);
    setImmediate(() => (told instanceof Error ? callback(told) : callback(null, { run: told })));
    return { cancel: () => undefined };
  };
  const board = new Board(() => undefined);
  const context = { board, server: "backup-1", nowMs: () => performance.now() };
  const follower = new RunFollower(context, { getRun } as unknown as MonitorServiceClient);
  const over = new AbortController();
  const link = { signal: over.signal, heard: () => undefined, caughtUp: () => undefined };
  const ended = follower.follow(link);
  onTestFinished(() => over.abort());
  const want = (serverId: string, runId: string) =>
    follower.want({ toldBy: "backup-1", serverId, runId } as ServerView);
  return { want, ended, asked, find: (id: string) => board.runs.find(`backup-1/${id}`) };
}

function refusal(kind: FailureKind): Error {
  const { code, details, metadata } = toStatus(new Failure(kind, { message: "no", reason: "NO" }));
  return Object.assign(new Error(details), { code, details, metadata });
}

function runOf(runId: string, state: RunState): Run {
  const isOver = state === RunState.RUN_STATE_FINISHED;
  const endedAt = isOver ? new Date() : undefined;
  return Run.fromPartial({ runId, serverId: "primary-1", state, ...(endedAt && { endedAt }) });
}

test("a run is read until it is over, and not again", async () => {
  let state: RunState = RunState.RUN_STATE_RUNNING;
  const { want, asked, find } = openFollower((runId) => runOf(runId, state));
  want("primary-1", "r1");
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
  state = RunState.RUN_STATE_FINISHED;
  await vi.waitFor(() => expect(find("primary-1")?.state).toBe("FINISHED"));
  const { length } = asked;
  want("primary-1", "r1");
  want("primary-1", "r2");
  await vi.waitFor(() => expect(find("primary-1")?.runId).toBe("r2"));
  expect(asked.slice(length)).toEqual(["r2"]);
});

test("a run that the journal has no more keeps no other from being told", async () => {
  const { want, asked, find } = openFollower((runId) =>
    runId === "old" ? refusal("not_found") : runOf(runId, RunState.RUN_STATE_FINISHED),
  );
  want("primary-2", "old");
  await vi.waitFor(() => expect(asked).toEqual(["old"]));
  want("primary-1", "r1");
  await vi.waitFor(() => expect(find("primary-1")?.runId).toBe("r1"));
  expect(asked).toEqual(["old", "r1"]);
});

test("a monitor that does not answer is told by the end of the follower", async () => {
  const { want, ended } = openFollower(() => refusal("unavailable"));
  want("primary-1", "r1");
  await expect(ended).rejects.toMatchObject({ kind: "unavailable" });
});

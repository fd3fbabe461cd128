// What every runtime must do, as one suite: an adapter joins by a harness of its own.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import type { Definition } from "../core/definition.ts";
import type { Order } from "../core/orders.ts";
import type { Run, Runtime } from "../ports.ts";

/** Workloads that a runtime must be able to run. */
export type Workload =
  | "runs_until_asked"
  /** Prints "armed" when it does. */
  | "ignores_the_stop_signal"
  | "has_grandchildren"
  | "has_a_child_that_left_the_group"
  /** Ends at the stop signal, and leaves a child that prints "saved" a little later. */
  | "has_a_child_that_stops_slowly"
  | "ends_with_code_3"
  | "prints_term_and_secret"
  | "does_not_exist";

export interface RuntimeHarness {
  open(): Promise<Runtime>;
  definitionOf(workload: Workload): Definition;
  /** How many processes, containers or units of the harness are left. */
  countLeft(): Promise<number>;
  /** How many of them the workload has when it is complete. */
  sizeOf(workload: Workload): number;
}

/** One launched run, watched. */
export interface Watched {
  readonly run: Run;
  readonly running: Promise<number>;
  readonly gone: Promise<string>;
  output(): string;
}

const clock = openSystemClock();

/** Waits until a condition holds; the bound is that of the test. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isTrue, { interval: 5, timeout: 60_000 });
}

export function launchWatched(
  runtime: Runtime,
  definition: Definition,
  more: { order?: Order; killAtMs?: number } = {},
): Watched {
  const running = Promise.withResolvers<number>();
  const gone = Promise.withResolvers<string>();
  let output = "";
  const run = runtime.launch(
    { definition, order: more.order, killAtMs: more.killAtMs },
    {
      onRunning: running.resolve,
      onGone: gone.resolve,
      onOutput: async (_source, bytes) => {
        output += bytes.toString();
      },
    },
  );
  return { run, running: running.promise, gone: gone.promise, output: () => output };
}

/** Runs the suite against one adapter. */
export function testRuntime(name: string, harness: RuntimeHarness): void {
  describe(`runtime ${name}`, () => {
    let runtime: Runtime;
    const launch = (workload: Workload, more?: { order?: Order; killAtMs?: number }) =>
      launchWatched(runtime, harness.definitionOf(workload), more);
    const complete = (workload: Workload) =>
      until(async () => (await harness.countLeft()) === harness.sizeOf(workload));

    beforeAll(async () => {
      runtime = await harness.open();
    });
    afterAll(async () => {
      await runtime.close();
      expect(await harness.countLeft()).toBe(0);
    });

    test("a workload runs until it is asked to stop", async () => {
      const { run, running, gone } = launch("runs_until_asked");
      await running;
      run.stop(clock.bootMs() + 60_000);
      await gone;
      expect(await harness.countLeft()).toBe(0);
    });

    test("a workload that ignores the stop signal is killed at the instant given", async () => {
      const { run, gone, output } = launch("ignores_the_stop_signal");
      await until(() => output() === "armed\n");
      const killAtMs = clock.bootMs() + 200;
      run.stop(killAtMs);
      await gone;
      expect(clock.bootMs()).toBeGreaterThanOrEqual(killAtMs);
      expect(await harness.countLeft()).toBe(0);
    });

    test("of several stops the earliest counts", async () => {
      const { run, gone, output } = launch("ignores_the_stop_signal");
      await until(() => output() === "armed\n");
      run.stop(clock.bootMs() + 3_600_000);
      run.stop(clock.bootMs() + 50);
      run.stop(clock.bootMs() + 3_600_000);
      await gone;
      expect(await harness.countLeft()).toBe(0);
    });

    test.for(["has_grandchildren", "has_a_child_that_left_the_group"] as const)(
      "gone means that nothing is left: %s",
      async (workload) => {
        const { run, running, gone } = launch(workload);
        await running;
        await complete(workload);
        run.stop(clock.bootMs() + 300);
        await gone;
        expect(await harness.countLeft()).toBe(0);
      },
    );

    test("a grandchild gets its whole stop timeout", async () => {
      const { run, gone, output } = launch("has_a_child_that_stops_slowly");
      await until(() => output() === "armed\n");
      run.stop(clock.bootMs() + 60_000);
      await gone;
      expect(output()).toMatch(/^saved$/m);
    });

    test("the instant of the launch kills without any further word", async () => {
      const killAtMs = clock.bootMs() + 400;
      const { running, gone } = launch("ignores_the_stop_signal", { killAtMs });
      await running;
      await gone;
      expect(clock.bootMs() + 10).toBeGreaterThanOrEqual(killAtMs - 10);
      expect(await harness.countLeft()).toBe(0);
    });

    test("a moved instant counts instead of the first", async () => {
      const { run, running, gone } = launch("runs_until_asked", { killAtMs: clock.bootMs() + 600 });
      await running;
      const movedMs = clock.bootMs() + 1200;
      run.setKillAt(movedMs);
      await gone;
      expect(clock.bootMs() + 10).toBeGreaterThanOrEqual(movedMs - 10);
    });

    test("a workload that ends by itself says how", async () => {
      expect(await launch("ends_with_code_3").gone).toBe("exited with code 3");
    });

    test("a workload that does not exist says so and never counts as running", async () => {
      const { running, gone } = launch("does_not_exist");
      expect(await Promise.race([running.then(() => "ran"), gone])).toMatch(
        /^cannot start: no such/,
      );
    });

    test("the term reaches the workload, the secrets of the service do not", async () => {
      process.env["SERVICE_SECRET"] = "hush";
      const order = { serverId: "a", term: 42n, journalId: "j" };
      const { gone, output } = launch("prints_term_and_secret", { order });
      await gone;
      expect(output()).toBe("term=42 secret=\n");
    });

    test("a stop before the workload runs leaves nothing", async () => {
      const { run, gone } = launch("runs_until_asked");
      run.stop(clock.bootMs());
      await gone;
      expect(await harness.countLeft()).toBe(0);
    });

    test("what an earlier life left is cleared away, also what left its group", async () => {
      const left = launch("has_a_child_that_left_the_group");
      await left.running;
      await complete("has_a_child_that_left_the_group");
      const later = await harness.open();
      expect(await later.clearEarlierLife()).toBeGreaterThan(0);
      expect(await harness.countLeft()).toBe(0);
      await left.gone;
      await later.close();
    });
  });
}

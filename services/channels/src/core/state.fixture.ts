// Values for tests of the core.

import type { Definition } from "./definition.ts";
import { defaults } from "./definition.ts";
import { type Kept, restore } from "./durable.ts";
import type { LeaseDecision } from "./lease.ts";
import type { Event, Settings, State, Step } from "./state.ts";
import { step } from "./step.ts";

/** A definition that runs `sleep`, with some parts replaced. */
export function definitionOf(name: string, change: Partial<Definition> = {}): Definition {
  return {
    name,
    protectedBy: undefined,
    runtime: {
      kind: "process",
      command: ["sleep", "1000"],
      environment: {},
      workingDirectory: "",
      user: "",
    },
    readiness: { check: { kind: "none" }, ...defaults.readiness },
    stop: defaults.stop,
    restart: defaults.restart,
    ...change,
  };
}

export const settings: Settings = {
  serverId: "a",
  protection: "lease",
  stopBudgetMs: 200,
  killMarginMs: 50,
};

/** A state with one own, one borrowed and one local channel, all ACTIVE. */
export function stateWith(change: Partial<Settings> = {}, kept: Partial<Kept> = {}): State {
  const channels = [
    definitionOf("own", { protectedBy: "a" }),
    definitionOf("lent", { protectedBy: "b" }),
    definitionOf("local"),
  ].map((definition) => ({
    definition,
    digest: definition.name,
    activation: "active" as const,
    order: undefined,
  }));
  const all: Kept = { orders: [], leaseOrder: undefined, channels, overrides: [], ...kept };
  return restore(all, { ...settings, ...change }, 0);
}

type News = Event extends infer Each
  ? Each extends Event
    ? Omit<Each, "bootMs" | "wallMs">
    : never
  : never;

/** Steps at an instant since boot. */
export function at(bootMs: number, state: State, news: News): Step {
  return step(state, { ...news, bootMs, wallMs: bootMs });
}

/** Tells that the latest run of a channel runs and is ready. */
export function becomeReady(bootMs: number, state: State, name: string): State {
  const run = state.channels.get(name)?.run ?? 0;
  const running = { type: "program_running", run, pid: 1 } as const;
  const told = at(bootMs, state, { type: "run_reported", name, report: running }).state;
  const report = { type: "channel_ready", run } as const;
  return at(bootMs, told, { type: "run_reported", name, report }).state;
}

/** Tells that no process of the latest run of a channel is left. */
export function becomeGone(bootMs: number, state: State, name: string): Step {
  const run = state.channels.get(name)?.run ?? 0;
  const report = { type: "program_gone", run, reason: "exited", lastLines: ["bye"] } as const;
  return at(bootMs, state, { type: "run_reported", name, report });
}

export const order = (serverId: string, term: bigint) => ({ serverId, term, journalId: "j" });

/** A grant of this server's lease. */
export function grant(bootMs: number, state: State, lease: { term: bigint; deadlineMs: number }) {
  const { term, deadlineMs } = lease;
  const decision = { kind: "deadline", order: order("a", term), deadlineMs } as const;
  return decideOn(bootMs, state, decision);
}

/** A decision about the lease of this server, on its first stream and with no word of a monitor. */
export function decideOn(bootMs: number, state: State, decision: LeaseDecision): Step {
  const told = { type: "lease_decided", decision, streamSerial: 1n } as const;
  return at(bootMs, state, { ...told, monitorUntilMs: undefined });
}

/** Names of the channels that effects launch. */
export const launches = (effects: readonly { type: string }[]) =>
  effects.flatMap((each) =>
    "definition" in each ? [(each.definition as { name: string }).name] : [],
  );

/** A start or stop of channels, by an order or an operator. */
export const wish = (names: string[], by?: ReturnType<typeof order>) => ({
  names,
  order: by,
  because: "test",
});

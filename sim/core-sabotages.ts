// Rules that are switched off in the core itself: one piece of its text is read differently when
// the module is loaded (switch-off.ts). Nothing is changed on the disk.

import type { SwitchedOff } from "./sabotages.ts";

const monitor = "services/monitor/src/core";
const channels = "services/channels/src/core";

export const coreSabotages = {
  closed_again: {
    rule: "rule 4, the table: another close changes nothing",
    caughtBy: "I3",
    text: "a closed server that closes again is told again",
    seedsMax: 400,
    favours: ["orderly_stop", "crash_heartbeat"],
    edit: {
      file: `${monitor}/transitions.ts`,
      from: "export const transitions: readonly Transition[] = [",
      to: `$&{ from: "closed", on: "close_received", to: "closed", signal: "CLOSE", because: "" },`,
    },
  },
  stalls_uncounted: {
    rule: "rule 4, the monitor's own stall",
    caughtBy: "I6",
    text: "time in which the monitor stood still counts as silence",
    seedsMax: 400,
    favours: ["freeze_process", "freeze_machine"],
    edit: {
      file: `${monitor}/stall-meter.ts`,
      from: "if (stallMs <= noiseMs) return;",
      to: "return;",
    },
  },
  unwilling_believed: {
    rule: "rule 4, each further LIVE waits twice as long",
    caughtBy: "I4",
    text: "a server that refuses every lease is believed at once, again and again",
    seedsMax: 400,
    topology: "pair",
    favours: ["unwilling"],
    edit: {
      file: `${monitor}/declare.ts`,
      from: "settings.thresholdMs * 2 ** record.unwillingDeaths",
      to: "0",
    },
  },
  release_forgotten: {
    rule: "R9",
    caughtBy: "I1",
    text: "a monitor that is back counts the threshold as after any start",
    seedsMax: 400,
    favours: ["stop_monitor", "partition"],
    edit: {
      file: `${monitor}/release.ts`,
      from: "release === undefined ? Number.NEGATIVE_INFINITY : startedMs + release.lastsMs",
      to: "Number.NEGATIVE_INFINITY",
    },
  },
  override_lasts: {
    rule: "R10",
    caughtBy: "I1",
    text: "what an operator started without a lease goes on when a monitor answers",
    seedsMax: 400,
    favours: ["break_glass", "partition", "switchover"],
    edit: {
      file: `${channels}/decide.ts`,
      from: "leased.state.overrides.size === 0 ? leased : settleOverride(leased, event)",
      to: "leased",
    },
  },
  hold_supersedes: {
    rule: "5.4, hold: the DEAD run goes on",
    caughtBy: "I4",
    text: "a LIVE run that is held ends the DEAD run before everything runs",
    seedsMax: 800,
    topology: "apart",
    favours: ["partition", "power_loss"],
    edit: {
      file: `${monitor}/declare.ts`,
      from: 'draft.effects.push({ kind: "begin_run", run: held, isSuperseding: false });',
      to: 'draft.effects.push({ kind: "begin_run", run: held, isSuperseding: true });',
    },
  },
  gate_forgets_dirt: {
    rule: "5.5, a target becomes dirty before a start is sent to it",
    caughtBy: "I1",
    text: "a start leaves its target clean",
    seedsMax: 800,
    topology: "apart",
    favours: ["partition", "power_loss"],
    edit: {
      file: `${monitor}/server.ts`,
      from: "return dirtyTarget(draft, event.target);",
      to: "return;",
    },
  },
  ended_lease_lives: {
    rule: "R1, a lease that has ended never lives again",
    caughtBy: "I1",
    text: "a late renewal revives a lease that has ended",
    seedsMax: 400,
    favours: ["stray_renewal", "orderly_stop"],
    edit: {
      file: `${channels}/lease.ts`,
      from: 'if (lease.state === "ended" && decision.order.term <= lease.order.term) {',
      to: "if (false) {",
    },
  },
  old_streams_count: {
    rule: "R9, the serial of the stream",
    caughtBy: "I1",
    text: "a deadline of an older stream counts",
    edit: {
      file: `${channels}/lease.ts`,
      from: 'if (context.streamSerial < lease.newestSerial) return refuse("OLD_STREAM");',
      to: "",
    },
  },
  orders_forgotten: {
    rule: "R7, a channels service stores the highest term",
    caughtBy: "I2",
    text: "a channels service that restarts has seen no order",
    seedsMax: 100,
    topology: "apart",
    favours: ["journal_lost", "power_loss"],
    edit: {
      file: `${channels}/durable.ts`,
      from: "orders: new Map(kept.orders.map((order) => [order.serverId, order])),",
      to: "orders: new Map(),",
    },
  },
  silence_leased: {
    rule: "R1, in a drill",
    caughtBy: "I1",
    text: "heartbeats that a drill counts as silence are granted leases",
    seedsMax: 400,
    topology: "pair",
    favours: ["drill_silence"],
    edit: {
      file: `${monitor}/answer.ts`,
      from: 'watched.liveness.lastVerdict !== "good"',
      to: '!["good", "silenced"].includes(watched.liveness.lastVerdict ?? "")',
    },
  },
  silence_lasts: {
    rule: "a drill's silence ends",
    caughtBy: "I4",
    text: "a drill's silence ends neither by itself nor with its drill",
    seedsMax: 400,
    topology: "pair",
    favours: ["drill_silence"],
    edit: {
      file: `${monitor}/drill-silence.ts`,
      from: "liveness.drillSilence = undefined;",
      to: "void liveness;",
    },
  },
  flap_forgiven: {
    rule: "rule 4, flap protection",
    caughtBy: "I4",
    text: "a server that keeps dying gets its channels back at once, each time",
    seedsMax: 200,
    edit: {
      file: `${monitor}/flap.ts`,
      from: "if (flap === undefined || recentDeaths < flap.deaths) return 0;",
      to: "return 0;",
    },
  },
} as const satisfies Readonly<Record<string, SwitchedOff>>;

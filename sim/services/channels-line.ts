// What a heartbeat service has of its channels service: calls about the lease, and a watch. Both
// run on one machine, so nothing is lost between them; but the other may be slow, frozen or gone.

import type { Happening } from "../../services/heartbeat/src/core/beat-state.ts";
import type { Decision } from "../../services/heartbeat/src/core/decisions.ts";
import type { Process } from "../kernel/process.ts";
import { sabotageDecision } from "../sabotage.ts";
import type { World } from "../world.ts";
import type { ChannelsHost } from "./channels-host.ts";
import { reportOf, toLeaseDecided } from "./translate.ts";

/** One way between two processes of a machine. */
const wayMs = { min: 0.1, max: 1 } as const;
/** How soon a watch tells of a change. */
const watchMs = 0.3;
/** Pauses between two attempts to watch. */
const againMs = { min: 25, max: 500 } as const;

export class ChannelsLine {
  readonly #world: World;
  readonly #process: Process;
  readonly #channels: ChannelsHost;
  readonly #tell: (happening: Happening) => void;
  /**
   * The next renewal hangs in a connection that its caller gives up, and is read so much later. 0:
   * none does.
   */
  strayMs = 0;

  constructor(
    world: World,
    given: { process: Process; channels: ChannelsHost; tell: (happening: Happening) => void },
  ) {
    this.#world = world;
    this.#process = given.process;
    this.#channels = given.channels;
    this.#tell = given.tell;
  }

  /** One RenewLease call. It is answered once: with a report, or with why there is none. */
  call(
    decision: Decision,
    given: {
      deadlineMs: number;
      monitorUntilBootMs: number | undefined;
      ordinaryLeaseMs: number;
    },
  ): void {
    const channels = this.#channels;
    const process = this.#process;
    const { life } = process;
    let isSettled = false;
    const settle = (happening: Happening) => {
      process.take(life, () => {
        if (isSettled) return;
        isSettled = true;
        this.#tell(happening);
      });
    };
    const fail = (because: string) => settle({ type: "report_failed", because });
    const { strayMs } = this;
    if (decision.kind === "renew" && strayMs > 0) {
      this.strayMs = 0;
      process.after(given.deadlineMs, () => fail("deadline exceeded"));
      return this.#stray(strayMs, toLeaseDecided(decision, given.monitorUntilBootMs));
    }
    this.#after(() => {
      if (!channels.isServing) return fail("connection refused");
      if (!channels.process.isActive) {
        process.after(given.deadlineMs, () => fail("deadline exceeded"));
      }
      channels.process.take(channels.process.life, () => {
        const at = { process: channels.process, leaseMs: given.ordinaryLeaseMs };
        const asked = sabotageDecision(this.#world.sabotage, decision, at);
        const isRefused = channels.isUnwilling && asked.kind === "renew";
        const { refusedBecause } = isRefused
          ? { refusedBecause: "STOPPING" as const }
          : channels.tell(toLeaseDecided(asked, given.monitorUntilBootMs));
        // It may have died while it stored a new term.
        if (!channels.isServing) return fail("connection lost");
        const report = reportOf(channels, refusedBecause ?? "");
        this.#after(() => settle({ type: "report_received", report }));
      });
    });
  }

  /** Tells of every change of the channels, and of the end of their service, for this life. */
  watch(): void {
    const channels = this.#channels;
    const process = this.#process;
    const { life } = process;
    const { schedule, random } = this.#world;
    const isOver = () => !process.isRunning || process.life !== life;
    const tell = () =>
      schedule.after(watchMs, () =>
        process.take(life, () => this.#tell({ type: "channels_changed" })),
      );
    const watch = () => {
      if (isOver()) return;
      if (!channels.isServing) {
        process.after(random.between(againMs.min, againMs.max), watch);
        return;
      }
      tell();
      channels.listen(() => {
        if (isOver()) return true;
        tell();
        return false;
      });
      channels.process.deathListeners.add(() => {
        if (isOver()) return;
        tell();
        process.after(againMs.min, watch);
      });
    };
    watch();
  }

  // Its caller hears nothing of it any more. It is lost with the process that should read it.
  #stray(strayMs: number, news: ReturnType<typeof toLeaseDecided>): void {
    const { process } = this.#channels;
    const { life } = process;
    this.#world.schedule.after(strayMs, () =>
      process.take(life, () => {
        if (!this.#channels.isServing) return;
        const refusal = this.#channels.tell(news).refusedBecause;
        this.#world.trace.say(process.name, `reads a stray renewal: ${refusal ?? "it counts"}`);
      }),
    );
  }

  #after(run: () => void): void {
    const { schedule, random } = this.#world;
    schedule.after(random.between(wayMs.min, wayMs.max), run);
  }
}

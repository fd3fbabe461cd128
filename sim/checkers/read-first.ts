// I6: before a monitor calls a server dead it has read what waited in its sockets. A false DEAD of
// less than a tenth of a second looks like a true one to everybody who only counts silence.

import type { Checker, Fact, Violation } from "../fact.ts";

interface Socket {
  monitorLife: number;
  unread: number;
}

export class ReadFirst implements Checker {
  readonly #report: (violation: Violation) => void;
  /** By server. */
  readonly #sockets = new Map<string, Socket>();

  constructor(report: (violation: Violation) => void) {
    this.#report = report;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "input_waits") {
      this.#find(fact.serverId).unread += fact.isUnread ? 1 : -1;
    }
    if (fact.kind === "health_changed") this.#takeLife(fact.serverId, fact.monitorLife);
    if (fact.kind !== "signal_recorded" || fact.signal !== "DEAD") return;
    const { unread } = this.#find(fact.serverId);
    if (unread === 0) return;
    const text = `DEAD of ${fact.serverId}, of which ${unread} messages waited in the sockets`;
    this.#report({ invariant: "I6", atMs: nowMs, text });
  }

  conclude(): void {}

  // What an earlier life had not read is lost.
  #takeLife(serverId: string, monitorLife: number): void {
    const socket = this.#find(serverId);
    if (socket.monitorLife === monitorLife) return;
    socket.monitorLife = monitorLife;
    socket.unread = 0;
  }

  #find(serverId: string): Socket {
    let socket = this.#sockets.get(serverId);
    if (socket === undefined) this.#sockets.set(serverId, (socket = { monitorLife: 0, unread: 0 }));
    return socket;
  }
}

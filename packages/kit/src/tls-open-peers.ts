// Whom a listener with TLS has let in: judged again when whom it trusts has changed, without a
// handshake. Ten thousand connections must not hold up the heartbeats on them.

import { setImmediate as otherTurns } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { MaterialSource } from "./tls-dial.ts";
import type { Material } from "./tls-material.ts";
import { judgeListed, judgeVouched, type Peer, type Verdict } from "./tls-peer.ts";

/** Signatures that are checked in one turn of the event loop: some 10 ms. */
const judgedPerTurn = 50;

/** Connections that are open. */
export interface OpenPeers {
  add(socket: TLSSocket, peer: Peer): void;
  /** Judges nobody any more. */
  close(): void;
}

/** What becomes of connections when trust changes. */
interface Cuts {
  /** Somebody is not trusted any more. */
  cut(socket: TLSSocket, verdict: Verdict): void;
  /** An authority is not trusted any more: whoever is about to be let in has to begin anew. */
  cutUnjudged(): void;
}

/** Watches over the connections that are added, until they close. */
export function watchOpenPeers(tls: MaterialSource, { cut, cutUnjudged }: Cuts): OpenPeers {
  const open = new Map<TLSSocket, Peer>();
  let before = tls.material();
  let round = 0;
  let isVouchingOpen = false;

  const judgeListedAll = (trust: Material) => {
    for (const [socket, peer] of open) {
      const verdict = judgeListed(peer, trust);
      if (verdict.kind === "unknown") cut(socket, verdict);
    }
  };
  // A change that comes meanwhile begins a round of its own, and this one ends.
  const judgeVouchedAll = async (trust: Material) => {
    round += 1;
    const mine = round;
    let judged = 0;
    for (const socket of open.keys()) {
      judged += 1;
      if (judged % judgedPerTurn === 0) await otherTurns();
      if (mine !== round) return;
      const certificate = socket.getPeerX509Certificate();
      const verdict = certificate && judgeVouched(certificate, trust);
      if (verdict !== undefined) cut(socket, verdict);
    }
    isVouchingOpen = false;
  };
  const stopWatching = tls.onChange(() => {
    const trust = tls.material();
    const isAuthorityGone = hasLost(before, trust);
    before = trust;
    isVouchingOpen ||= isAuthorityGone;
    if (isAuthorityGone) cutUnjudged();
    judgeListedAll(trust);
    if (isVouchingOpen) void judgeVouchedAll(trust);
  });
  return {
    add: (socket, peer) => {
      open.set(socket, peer);
      socket.once("close", () => open.delete(socket));
    },
    close: () => {
      round += 1;
      stopWatching();
    },
  };
}

function hasLost(before: Material, now: Material): boolean {
  const left = new Set(now.authorities.map((each) => each.fingerprint256));
  return before.authorities.some((each) => !left.has(each.fingerprint256));
}

// Starts a wire as a process of its own, so that a busy test delays no packet, and talks to it.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Link, LossCounts, Machine } from "./network.ts";
import { wireNews, type WireOrder } from "./wire-orders.ts";

export interface Wire extends Disposable {
  set(from: Machine, to: Machine, link: Link): void;
  lossCounts(): Promise<LossCounts>;
}

/** Forks `program` beside this file. Resolves when it works. */
export async function openWire(program: string, words: readonly string[]): Promise<Wire> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), words);
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("exit", (code, signal) => {
      reject(new Error(`Cannot go on without ${program}: it ended with ${code ?? signal}`));
    });
  });
  // Heard where somebody waits for news; the end that was asked for is no error.
  ended.catch(() => undefined);
  const order = (given: WireOrder) => child.send(given);
  const nextNews = () =>
    new Promise<unknown>((resolve) => {
      child.once("message", resolve);
    });
  await Promise.race([nextNews(), ended]);
  return {
    set: (from, to, link) => order({ order: "set", from, to, link }),
    lossCounts: async () => {
      const coming = nextNews();
      order({ order: "count" });
      const told = wireNews.parse(await Promise.race([coming, ended]));
      if (told.news !== "counts") throw new Error(`${program} did not tell its counts`);
      return told;
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

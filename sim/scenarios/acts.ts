// What can be done to a scene, in one word each: the verbs of the scenarios.

import { askDrill } from "../faults/drill-faults.ts";
import { askFailback, askSwitchover, serverOf } from "../faults/operator-faults.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Act, Scene } from "./scenario.ts";

const actor = { name: "anna", reason: "the story asks for it" };

type Do = Act["do"];
type Who = (scene: Scene) => Machine;

export const primary: Who = ({ channels }) => channels.process.machine;
export const backup: Who = ({ target }) => target.process.machine;
export const watcher: Who = ({ monitor }) => monitor.process.machine;

/** One act of a scenario. */
export function act(atMs: number, text: string, act: Do): Act {
  return { atMs, text, do: act };
}

export function cut(from: Who, to: Who): Do {
  return (scene) => {
    scene.cast.network.link(from(scene), to(scene)).isCut = true;
  };
}

export function cutBoth(one: Who, other: Who): Do {
  return (scene) => {
    cut(one, other)(scene);
    cut(other, one)(scene);
  };
}

export function delay(from: Who, to: Who, delayMs: number): Do {
  return (scene) => {
    scene.cast.network.link(from(scene), to(scene)).extraDelayMs = delayMs;
  };
}

export function heal(one: Who, other: Who): Do {
  return (scene) => {
    const { network } = scene.cast;
    network.heal(network.link(one(scene), other(scene)));
    network.heal(network.link(other(scene), one(scene)));
  };
}

export function powerOff(who: Who): Do {
  return (scene) => who(scene).cutPower();
}

export function boot(who: Who): Do {
  return (scene) => {
    const machine = who(scene);
    machine.boot();
    for (const process of scene.cast.processes) if (process.machine === machine) process.start();
  };
}

export function suspend(who: Who): Do {
  return (scene) => {
    const machine = who(scene);
    machine.suspend();
    scene.world.tell({ kind: "machine_suspended", machine: machine.name });
  };
}

export function resume(who: Who): Do {
  return (scene) => {
    const machine = who(scene);
    machine.resume();
    scene.world.tell({ kind: "machine_resumed", machine: machine.name });
  };
}

export const closeServer: Do = ({ heartbeat }) => heartbeat.close(actor);

export const switchOver: Do = (scene) => {
  const server = serverOf(scene, scene);
  if (server !== undefined) askSwitchover(scene.world, server);
};

export const failBack: Do = (scene) => {
  const server = serverOf(scene, scene);
  if (server !== undefined) askFailback(scene.world, server);
};

export function drill(kind: "switchover" | "silence"): Do {
  return (scene) => {
    const server = serverOf(scene, scene);
    if (server !== undefined) askDrill(scene.world, server, kind);
  };
}

export const confirmStopped: Do = (scene) => {
  const server = serverOf(scene, scene);
  const target = backup(scene).name;
  server?.loop.take({ kind: "stopped_confirmed", target, actor, ...server.moment() });
};

/** The monitor's disk is replaced while it is down for a moment. */
export const loseJournal: Do = ({ monitor }) => {
  monitor.process.end();
  monitor.journal.lose();
};

export const startMonitor: Do = ({ monitor }) => monitor.process.start();

export const stopMonitor: Do = ({ monitor }) => monitor.stop();

export const switchCloneOn: Do = ({ channels, clone }) => {
  if (clone === undefined) return;
  clone.channels.copyDisk(channels);
  clone.machine.boot();
  clone.channels.process.start();
  clone.heartbeat.process.start();
};

export const switchCloneOff: Do = ({ clone }) => clone?.machine.cutPower();

/** An operator keeps a copy of the journal, and puts it back later. */
export function oldJournal(isDeclared: boolean): { readonly keep: Do; readonly putBack: Do } {
  const copies = new WeakMap<object, ReturnType<Scene["monitor"]["journal"]["copy"]>>();
  return {
    keep: ({ monitor }) => copies.set(monitor, monitor.journal.copy()),
    putBack: ({ monitor }) => {
      const copy = copies.get(monitor);
      if (copy === undefined) return;
      monitor.process.end();
      if (isDeclared) monitor.journal.restore(copy, monitor.process.machine.wallMs());
      else monitor.journal.putBack(copy);
    },
  };
}

/** The next renewal hangs in a connection that its caller gives up, and is read so much later. */
export function strayRenewal(lateMs: number): Do {
  return ({ heartbeat }) => {
    heartbeat.line.strayMs = lateMs;
  };
}

/** The disk with the monitor's journal is full, or has room again. */
export function fillDisk(isFull: boolean): Do {
  return ({ monitor }) => {
    monitor.fate.isFull = isFull;
  };
}

/** A service is started again without its store. */
export function loseStore(side: "channels" | "target"): Do {
  return (scene) => {
    const host = scene[side];
    host.process.end();
    host.loseStore();
    host.process.start();
  };
}

/** What waits on a way is held up there, and goes on much later, after what was sent since. */
export function holdUp(from: Who, to: Who): { readonly hold: Do; readonly letGo: Do } {
  const held = new WeakMap<object, (() => void)[]>();
  return {
    hold: (scene) => {
      const link = scene.cast.network.link(from(scene), to(scene));
      held.set(link, link.waiting.splice(0));
    },
    letGo: (scene) => {
      const link = scene.cast.network.link(from(scene), to(scene));
      for (const deliver of held.get(link) ?? []) deliver();
      held.delete(link);
    },
  };
}

/** An operator has the protected channels started on one side, whatever the monitor would say. */
export function breakGlass(side: "channels" | "target"): Do {
  return (scene) => void scene[side].breakGlass(scene.plan.serverId, scene.plan.channels);
}

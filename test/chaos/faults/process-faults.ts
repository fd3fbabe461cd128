// Processes that die, stand still, or are stopped in good order: one of them, or a whole machine.

import type { ServiceName } from "@hot-backup/testbed/service-process.ts";
import type { ChaosBed } from "../chaos-bed.ts";
import type { Fault, Stroke } from "./fault.ts";

type Role = "primary" | "backup";
const roles: readonly Role[] = ["primary", "backup"];

/** Every service of a bed. */
const services: readonly { readonly role: Role; readonly name: ServiceName }[] = [
  { role: "primary", name: "heartbeat" },
  { role: "primary", name: "channels" },
  { role: "backup", name: "monitor" },
  { role: "backup", name: "channels" },
  { role: "backup", name: "notify" },
];

export const processFaults: readonly Fault[] = [
  { weight: 5, draw: (random) => killedService(random.pick(services)) },
  { weight: 5, draw: (random) => killedMachine(random.happens(0.75) ? "primary" : "backup") },
  { weight: 5, draw: (random) => frozenService(random.pick(services)) },
  { weight: 2, draw: (random) => frozenServices(random.pick(roles)) },
  { weight: 3, draw: (random) => pausedMachine(random.pick(roles)) },
  { weight: 4, draw: (random) => stoppedService(random.pick(services)) },
  { weight: 3, draw: (random) => stoppedServices(random.pick(roles)) },
  { weight: 1, draw: () => detachedHeartbeat },
];

/** Everything of a machine dies at once. */
export function killedMachine(role: Role): Stroke {
  return {
    kind: `killed ${role}`,
    begin: async (bed) => {
      if (role === "backup") bed.story.hurtNotify();
      await bed.servers[role].kill();
    },
    end: (bed) => bed.start(bed.servers[role]),
  };
}

function killedService({ role, name }: { role: Role; name: ServiceName }): Stroke {
  return {
    kind: `killed ${role} ${name}`,
    begin: async (bed) => {
      hurt(bed, [name]);
      await bed.servers[role].killService(name);
    },
    end: (bed) => bed.start(bed.servers[role], [name]),
  };
}

function frozenService({ role, name }: { role: Role; name: ServiceName }): Stroke {
  return {
    kind: `frozen ${role} ${name}`,
    begin: (bed) => {
      hurt(bed, [name]);
      bed.servers[role].send([name], "SIGSTOP");
    },
    end: (bed) => {
      hurt(bed, [name]);
      bed.servers[role].send([name], "SIGCONT");
    },
  };
}

// The services of a machine stand still; channels and guards run on.
function frozenServices(role: Role): Stroke {
  return {
    kind: `frozen ${role}`,
    begin: (bed) => {
      hurt(bed, bed.servers[role].services);
      bed.servers[role].send(bed.servers[role].services, "SIGSTOP");
    },
    end: (bed) => {
      hurt(bed, bed.servers[role].services);
      bed.servers[role].thaw();
    },
  };
}

// Everything stands still, channels and guards too, as when virtual hardware is paused.
function pausedMachine(role: Role): Stroke {
  let fromNs = 0n;
  return {
    kind: `paused ${role}`,
    begin: (bed) => {
      hurt(bed, bed.servers[role].services);
      bed.servers[role].freezeAll();
      fromNs = process.hrtime.bigint();
    },
    end: (bed) => {
      hurt(bed, bed.servers[role].services);
      const server = `${role}-1`;
      bed.story.pauses.push({ server, fromNs, untilNs: process.hrtime.bigint() });
      bed.servers[role].thawAll();
    },
  };
}

function stoppedService({ role, name }: { role: Role; name: ServiceName }): Stroke {
  return {
    kind: `stopped ${role} ${name}`,
    begin: (bed) => {
      hurt(bed, [name]);
      bed.servers[role].send([name], "SIGTERM");
    },
    end: (bed) => bed.start(bed.servers[role], [name]),
  };
}

function stoppedServices(role: Role): Stroke {
  return {
    kind: `stopped ${role}`,
    begin: (bed) => {
      hurt(bed, bed.servers[role].services);
      bed.servers[role].send(bed.servers[role].services, "SIGTERM");
    },
    end: (bed) => bed.start(bed.servers[role]),
  };
}

const detachedHeartbeat: Stroke = {
  kind: "detached heartbeat",
  begin: (bed) => bed.servers.primary.send(["heartbeat"], "SIGUSR2"),
  end: (bed) => bed.start(bed.servers.primary, ["heartbeat"]),
};

function hurt(bed: ChaosBed, names: readonly ServiceName[]): void {
  if (names.includes("notify")) bed.story.hurtNotify();
}

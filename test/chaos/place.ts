// Finds out what this machine allows: network namespaces and disks of our own, with the rights of
// root or without, or neither. The campaign then runs inside, where all that it makes ends with it.

import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { z } from "zod";
import { type NetworkKind, networkKinds } from "./network/network.ts";

const place = z.object({
  network: z.enum(networkKinds),
  /** Whether small disks can be mounted, and filled to the last byte. */
  hasDisks: z.boolean(),
  /** How it came to this, for people. */
  because: z.string(),
});
export type Place = z.infer<typeof place>;

/** A place, and the program that leads into it. Empty: no need to go anywhere. */
export interface FoundPlace {
  readonly place: Place;
  readonly launcher: readonly string[];
}

/** Carries the place to the process inside. */
const placeVariable = "HOT_BACKUP_CHAOS_PLACE";

/** The place where this process was put by another one; undefined: by nobody. */
export function readPlace(environment: NodeJS.ProcessEnv): Place | undefined {
  const text = environment[placeVariable];
  return text === undefined ? undefined : place.parse(JSON.parse(text));
}

/** The environment for a process that is put there. */
export function writePlace(found: Place): Record<string, string> {
  return { [placeVariable]: JSON.stringify(found) };
}

// The rights of root over what is new are enough, and a user namespace gives them to anybody.
const privileges = [[], ["--user", "--map-root-user"]];
const mountProbe = `mount -t tmpfs -o size=64k none "$0"`;
const tunnelProbe = "ip link add probe type vxlan id 1 remote 127.0.0.1 dstport 4789";

/** The best place that there is, or the one asked for. Throws when that is not to be had. */
export function findPlace(asked: NetworkKind | undefined): FoundPlace {
  const inside = asked === "proxy" ? undefined : findLauncher(["--net", "--mount"], allProbes);
  if (inside?.launcher !== undefined) {
    const place = { network: "namespaces", hasDisks: true, because: inside.because } as const;
    return { place, launcher: inside.launcher };
  }
  if (asked === "namespaces") throw new Error(`Cannot make namespaces: ${inside?.because}`);
  const why = inside === undefined ? "it was asked for" : `no namespaces: ${inside.because}`;
  const disks = findLauncher(["--mount"], mountProbe);
  const hasDisks = disks.launcher !== undefined;
  const because = hasDisks ? why : `${why}; full disks are left out: ${disks.because}`;
  return { place: { network: "proxy", hasDisks, because }, launcher: disks.launcher ?? [] };
}

const allProbes = `${mountProbe} && ${tunnelProbe} && command -v nsenter >/dev/null`;

interface Launcher {
  readonly launcher: readonly string[] | undefined;
  readonly because: string;
}

function findLauncher(spaces: readonly string[], probe: string): Launcher {
  const complaints: string[] = [];
  for (const each of privileges) {
    const launcher = ["unshare", ...each, ...spaces, "--"];
    const [program, ...words] = [...launcher, "sh", "-c", probe, tmpdir()];
    const { status, stderr, error } = spawnSync(program, words, { encoding: "utf8" });
    if (status === 0) {
      const rights = each.length === 0 ? "as root" : "in a user namespace";
      return { launcher, because: `made by unshare ${rights}` };
    }
    complaints.push((error?.message ?? stderr).trim().replaceAll(/\s+/g, " "));
  }
  return { launcher: undefined, because: complaints.join("; ") };
}

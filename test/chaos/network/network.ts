// The machines of a bed and what lies between them: in each direction of each pair packets can be
// cut off, lost and delayed. How this process reaches the machines is never disturbed.

/** A machine of a bed. `apart` is where the monitor is when it is not on the backup. */
export type Machine = "primary" | "backup" | "apart";
export const machines = ["primary", "backup", "apart"] as const;

/** How one direction between two machines is. */
export interface Link {
  readonly isCut: boolean;
  readonly lossPercent: number;
  /** Each packet is late by a random time up to this, so that packets overtake each other. */
  readonly delayMsMax: number;
}

export const perfectLink: Link = { isCut: false, lossPercent: 0, delayMsMax: 0 };

/** What became of that which should pass while a link lost or delayed. */
export interface LossCounts {
  readonly offered: number;
  readonly lost: number;
  /** Sum over all that were not lost. */
  readonly delayMs: number;
}

/** Ways to have machines: namespaces of the kernel, or one machine with proxies in it. */
export const networkKinds = ["namespaces", "proxy"] as const;
export type NetworkKind = (typeof networkKinds)[number];

export interface Network extends AsyncDisposable {
  readonly kind: NetworkKind;
  /** What a service of any machine listens on. */
  listenOn(port: number): string;
  /** host:port at which one machine reaches a port of another, or of its own. */
  addressBetween(from: Machine, to: Machine, port: number): string;
  /** host:port at which this process reaches a port of a machine. */
  addressOf(machine: Machine, port: number): string;
  /** host:port of this process, as every machine reaches it undisturbed. */
  ownAddress(port: number): string;
  /** Program and arguments that become a program on that machine. */
  launcherOf(machine: Machine): readonly string[];
  /** Changes one direction. */
  set(from: Machine, to: Machine, link: Link): void;
  lossCounts(): Promise<LossCounts>;
}

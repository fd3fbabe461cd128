// Every rule that a story can do without, by the name of what is done instead.

import { borderSabotages } from "./border-sabotages.ts";
import { coreSabotages } from "./core-sabotages.ts";
import type { TopologyName } from "./topology.ts";

/** A rule that can be switched off. */
export interface SwitchedOff {
  /** Where the rule stands: in docs/rules.md, or in its words. */
  readonly rule: string;
  /** The promise that is broken without it. */
  readonly caughtBy: string;
  /** What is done instead. */
  readonly text: string;
  /**
   * Within how many stories: some four times as many as it took when this was written. Absent:
   * chance hardly ever tells that story, and a scenario does.
   */
  readonly seedsMax?: number;
  /** Where the rule matters most: its stories are told there. Absent: everywhere. */
  readonly topology?: TopologyName;
  /** Kinds of faults that strike more often: those that the rule is there for. */
  readonly favours?: readonly string[];
  /** How it is switched off in a core. Absent: a border of the simulator does it. */
  readonly edit?: CoreEdit;
}

/** A piece of a core's text that stands there once, and what stands there without the rule. */
export interface CoreEdit {
  /** From the top of the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const all = { ...borderSabotages, ...coreSabotages };

export type Sabotage = keyof typeof all;

export const sabotages: Readonly<Record<Sabotage, SwitchedOff>> = all;

export function isSabotage(name: string): name is Sabotage {
  return Object.hasOwn(sabotages, name);
}

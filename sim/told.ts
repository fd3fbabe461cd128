// What the simulator has to say when it is asked on the command line.

export interface Told {
  readonly text: string;
  /** Every promise was kept. */
  readonly isKept: boolean;
}

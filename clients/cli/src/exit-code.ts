// What the command line ends with. docs/cli.md promises these numbers to scripts: none of them ever
// gets another meaning.

export const exitCodes = {
  /** Done, or told. */
  done: 0,
  /** A service answered, and refused or failed. */
  failed: 1,
  /** Wrong arguments, profile or certificates: the same call fails again. */
  misused: 2,
  /** A service did not answer: what it would have told is UNKNOWN. */
  unreachable: 3,
  /** Whoever was asked did not confirm: nothing was changed. */
  declined: 4,
  /** A drill was run to its end, and failed; a shadow drill: it would fail. */
  drillFailed: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

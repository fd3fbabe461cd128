// Figures with their goals, and the table that people read.

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most it may be. Absent: told for its own sake. */
  readonly goalMax?: number;
}

/** One measurement with everything it found. */
export interface Measurement {
  readonly letter: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What a reader must know to believe the figures: what was left out, what disturbed them. */
  readonly notes: readonly string[];
}

/** Whether every figure with a goal has reached it. */
export function isReached(measurement: Measurement): boolean {
  return measurement.figures.every(
    ({ value, goalMax }) => goalMax === undefined || value <= goalMax,
  );
}

/** The measurement as lines of text. */
export function printMeasurement({ letter, title, figures, notes }: Measurement): string {
  const nameWidth = Math.max(...figures.map(({ name }) => name.length));
  const rows = figures.map(({ name, value, unit, goalMax }) => {
    const number = `${value.toFixed(decimals(value))} ${unit}`.trim().padStart(14);
    if (goalMax === undefined) return `  ${name.padEnd(nameWidth)} ${number}`;
    const verdict = value <= goalMax ? "reached" : "MISSED";
    const goal = `${goalMax} ${unit}`.trim();
    return `  ${name.padEnd(nameWidth)} ${number}   goal: at most ${goal}: ${verdict}`;
  });
  const told = notes.map((note) => `  - ${note}`);
  return [`(${letter}) ${title}`, ...rows, ...told].join("\n");
}

// Counts and large values need no fractions; ratios and milliseconds need two digits.
function decimals(value: number): number {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : 2;
}

/**
 * The value below or at which a share of all values lies, by nearest rank. NaN for an empty list.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

// What is told of one thing: a name and a value on each line, the values below each other.

import { printable } from "./printable.ts";

export type Fact = readonly [name: string, value: string];

/** One line for each fact. */
export function printFacts(facts: readonly Fact[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`);
}

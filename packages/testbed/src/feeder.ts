// Feeds the channels at a steady rate, whatever happens to the servers: whole XML files that appear
// by rename.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A feeder at work. */
export interface Feeder extends Disposable {
  /** Names of the files fed so far, for each channel. */
  readonly fed: Readonly<Record<"orders" | "invoices", readonly string[]>>;
  readonly total: number;
}

/**
 * Writes `perSecond` files in all, an order and an invoice in turn, until disposed. The numbers in
 * their names count from `firstNumber`, so that a feeder can go on where another one has ended.
 */
export function startFeeder(
  exchangeFolder: string,
  perSecond: number,
  { firstNumber = 1 }: { firstNumber?: number } = {},
): Feeder {
  const fed = { orders: new Array<string>(), invoices: new Array<string>() };
  for (const channel of ["orders", "invoices"]) {
    mkdirSync(join(exchangeFolder, channel, "inbox"), { recursive: true });
  }
  const startMs = performance.now();
  const total = () => fed.orders.length + fed.invoices.length;
  const feed = () => {
    // As many as are due by now: a stall of this process must not lower the rate.
    const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond);
    while (total() < due) {
      const channel = total() % 2 === 0 ? "orders" : "invoices";
      const number = firstNumber + fed[channel].length;
      const name = nameOfFed(channel, number);
      put(join(exchangeFolder, channel, "inbox"), name, documents[channel](number));
      fed[channel].push(name);
    }
  };
  const timer = setInterval(feed, 1000 / perSecond);
  return {
    fed,
    get total() {
      return total();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Name of the file that a feeder gives a number. */
export function nameOfFed(channel: "orders" | "invoices", number: number): string {
  return `${channel}-${String(number).padStart(6, "0")}.xml`;
}

const documents = {
  orders: (number: number) => `<order id="o-${number}" customer="c-${number % 7}">
  <line quantity="${1 + (number % 5)}" price="19.90"/>
  <line quantity="1" price="4.50"/>
</order>
`,
  invoices: (number: number) => `<invoice id="i-${number}" order="o-${number}" tax="20">
  <net>${100 + number}.50</net>
</invoice>
`,
};

function put(folder: string, name: string, text: string): void {
  const draft = join(folder, `.${name}.draft`);
  writeFileSync(draft, text);
  renameSync(draft, join(folder, name));
}

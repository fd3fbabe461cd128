// The disk of a channels service: what survives its lives.

import type { Change, Kept } from "../../services/channels/src/core/durable.ts";

export class ChannelsDisk {
  readonly #orders = new Map<string, Kept["orders"][number]>();
  readonly #channels = new Map<string, Kept["channels"][number]>();
  readonly #overrides = new Map<number, Kept["overrides"][number]>();
  #leaseOrder: Kept["leaseOrder"];

  constructor({ orders, leaseOrder, channels, overrides }: Kept) {
    this.#leaseOrder = leaseOrder;
    for (const order of orders) this.#orders.set(order.serverId, order);
    for (const each of channels) this.#channels.set(each.definition.name, each);
    for (const override of overrides) this.#overrides.set(override.number, override);
  }

  load(): Kept {
    return {
      orders: [...this.#orders.values()],
      leaseOrder: this.#leaseOrder,
      channels: [...this.#channels.values()],
      overrides: [...this.#overrides.values()].toSorted((a, b) => b.number - a.number),
    };
  }

  save({ orders, leaseOrder, channels, forgotten, overrides }: Change): void {
    for (const order of orders) this.#orders.set(order.serverId, order);
    if (leaseOrder !== undefined) this.#leaseOrder = leaseOrder;
    for (const { definition, digest, activation, order } of channels) {
      this.#channels.set(definition.name, { definition, digest, activation, order });
    }
    for (const name of forgotten) this.#channels.delete(name);
    for (const override of overrides) this.#overrides.set(override.number, override);
  }
}

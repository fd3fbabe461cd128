// Mails that came live and mails of a list, as one list: each once, as it was told last, newest
// first.

import type { DeliveryView } from "../../src/view/mail.ts";

export function joinDeliveries(
  live: readonly DeliveryView[],
  listed: readonly DeliveryView[],
): readonly DeliveryView[] {
  const byKey = new Map<string, DeliveryView>();
  for (const each of [...listed, ...live]) {
    const known = byKey.get(each.key);
    if (known === undefined || known.asOfMs <= each.asOfMs) byKey.set(each.key, each);
  }
  return [...byKey.values()].toSorted((a, b) => (b.acceptedAtMs ?? 0) - (a.acceptedAtMs ?? 0));
}

// The channels by their servers, and the other sides of each: made once for every change, however
// many lists are drawn of it.

import { computed } from "@preact/signals";
import { store } from "../stream/event-stream.ts";
import { findOtherSides } from "./other-sides.ts";

/** By the server that tells them, in the order of their names. */
export const channelsByServer = computed(() =>
  Map.groupBy(store.channels.all.value, ({ toldBy }) => toldBy),
);

export const otherSidesOf = computed(() => findOtherSides(store.channels.all.value));

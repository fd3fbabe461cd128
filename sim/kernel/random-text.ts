// Names that chance makes, in the shape of kernel boot ids and journal ids.

import type { Random } from "./random.ts";

export function randomText(random: Random): string {
  return random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, "0");
}

import { expect, test } from "vitest";
import { Board, viewsMax } from "./board.ts";
import type { PulseView } from "./view/pulse.ts";

const pulse = (toldBy: string, serverId: string) => ({ toldBy, serverId }) as PulseView;

test("a service that tells of more than anybody has is refused, and no other", () => {
  const { pulses } = new Board(() => undefined);
  for (let index = 0; index < viewsMax; index += 1) pulses.put(pulse("a", String(index)));
  expect(() => pulses.put(pulse("a", "another"))).toThrow(`tells of more than ${viewsMax}`);
  pulses.put(pulse("a", "0"));
  pulses.put(pulse("b", "0"));
  pulses.drop("a/1");
  pulses.put(pulse("a", "another"));
  expect(pulses.all()).toHaveLength(viewsMax + 1);
});

import { expect, test } from "vitest";
import { applicableActions, applicableDrills, waitingTargets } from "./applicable.ts";
import { makeServer } from "../stream/views.fixture.ts";

const maintenance = { owner: "anna", reason: "disk", sinceAtMs: 0, untilAtMs: undefined };

test("a live server that runs its channels can be switched over, and not failed back", () => {
  const server = makeServer();
  expect(applicableActions(server)).toEqual(["switchover", "drill", "set-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW", "SWITCHOVER", "SILENCE"]);
});

test("a live server whose backup has its channels can be failed back, not switched over", () => {
  const server = makeServer({ assignment: "BACKUP" });
  expect(applicableActions(server)).toEqual(["failback", "drill", "set-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW"]);
});

test.each(["DEAD", "CLOSED", "WAITING", "UNKNOWN"] as const)(
  "nothing moves while it is %s",
  (state) => {
    for (const assignment of ["PRIMARY", "BACKUP"] as const) {
      const actions = applicableActions(makeServer({ state, assignment }));
      expect(actions).not.toContain("switchover");
      expect(actions).not.toContain("failback");
    }
  },
);

test("maintenance is ended before anything moves", () => {
  const server = makeServer({ maintenance });
  expect(applicableActions(server)).toEqual(["drill", "clear-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW"]);
});

test("without a lease nobody can take the channels from a server", () => {
  expect(applicableActions(makeServer({ protection: "NONE" }))).not.toContain("switchover");
});

test("an operator's word is asked for while the gate waits for a target, and first of all", () => {
  const [target] = makeServer().targets;
  if (target === undefined) throw new Error("The server has no target");
  const silent = { ...target, isConfirmed: false, isWatched: false };
  const waiting = makeServer({ assignment: "NOBODY", targets: [silent, target] });
  expect(waitingTargets(waiting)).toEqual([silent]);
  expect(applicableActions(waiting)[0]).toBe("confirm-stopped");
  expect(applicableActions(makeServer({ targets: [silent] }))).not.toContain("confirm-stopped");
});

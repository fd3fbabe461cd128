import { expect, test } from "vitest";
import { applicableActions, applicableDrills, waitingTargets } from "./applicable.ts";
import { serverView, targetView } from "./server.fixture.ts";

const maintenance = { owner: "anna", reason: "disk", sinceAtMs: 0, untilAtMs: undefined };

test("a live server that runs its channels can be switched over, and not failed back", () => {
  const server = serverView();
  expect(applicableActions(server)).toEqual(["switchover", "drill", "set-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW", "SWITCHOVER", "SILENCE"]);
});

test("a live server whose backup has its channels can be failed back, and not switched over", () => {
  const server = serverView({ assignment: "BACKUP" });
  expect(applicableActions(server)).toEqual(["failback", "drill", "set-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW"]);
});

test.each(["DEAD", "CLOSED", "WAITING", "UNKNOWN"] as const)(
  "nothing moves while it is %s",
  (state) => {
    for (const assignment of ["PRIMARY", "BACKUP"] as const) {
      const actions = applicableActions(serverView({ state, assignment }));
      expect(actions).not.toContain("switchover");
      expect(actions).not.toContain("failback");
    }
  },
);

test("maintenance is ended before anything moves", () => {
  const server = serverView({ maintenance });
  expect(applicableActions(server)).toEqual(["drill", "clear-maintenance"]);
  expect(applicableDrills(server)).toEqual(["SHADOW"]);
});

test("without a lease nobody can take the channels from a server", () => {
  expect(applicableActions(serverView({ protection: "NONE" }))).not.toContain("switchover");
});

test("an operator's word is asked for while the gate waits for a target, and first of all", () => {
  const silent = targetView({ isConfirmed: false, isWatched: false });
  const waiting = serverView({ assignment: "NOBODY", targets: [silent, targetView()] });
  expect(waitingTargets(waiting)).toEqual([silent]);
  expect(applicableActions(waiting)[0]).toBe("confirm-stopped");
  expect(applicableActions(serverView({ targets: [silent] }))).not.toContain("confirm-stopped");
});

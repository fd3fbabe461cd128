import { expect, test } from "vitest";
import { bounds, defaults } from "./definition.ts";
import {
  at,
  becomeGone,
  becomeReady,
  definitionOf,
  grant,
  launches,
  order,
  stateWith,
  wish,
} from "./state.fixture.ts";

test("a changed definition of a running borrowed channel restarts it under the same order", () => {
  const first = at(0, stateWith(), {
    type: "start_asked",
    ...wish(["lent"], order("b", 1n)),
  }).state;
  const running = becomeReady(1, first, "lent");
  const deployed = at(2, running, {
    type: "channel_deployed",
    definition: definitionOf("lent", {
      protectedBy: "b",
      restart: { ...defaults.restart, attemptsMax: 1 },
    }),
    digest: "changed",
    activation: "active",
  });
  expect(deployed.effects).toMatchObject([{ type: "stop_run", name: "lent" }]);
  const gone = becomeGone(3, deployed.state, "lent");
  expect(gone.effects).toMatchObject([{ type: "launch", run: 2, order: order("b", 1n) }]);
});

test("an equal deployment changes nothing", () => {
  const state = stateWith();
  const same = {
    type: "channel_deployed",
    definition: definitionOf("local"),
    digest: "local",
  } as const;
  expect(at(0, state, { ...same, activation: "active" }).state).toBe(state);
});

test("which server protects a channel changes only while it does not run", () => {
  const running = at(0, stateWith(), { type: "start_asked", ...wish(["lent"], order("b", 1n)) });
  const regiven = {
    type: "channel_deployed",
    definition: definitionOf("lent", { protectedBy: "c" }),
    digest: "lent",
    activation: "inactive",
  } as const;
  const refused = at(1, becomeReady(1, running.state, "lent"), regiven);
  expect(refused).toMatchObject({ refusedBecause: "CHANNEL_RUNS", effects: [] });
  const stopping = at(2, refused.state, { type: "stop_asked", ...wish(["*"], order("b", 2n)) });
  expect(at(3, stopping.state, regiven).refusedBecause).toBe("CHANNEL_RUNS");
  const { state } = at(5, becomeGone(4, stopping.state, "lent").state, regiven);
  expect(state.channels.get("lent")?.definition.protectedBy).toBe("c");
});

test("while nobody has chosen a protection no protected channel of this server starts", () => {
  const state = stateWith({ protection: undefined });
  const begun = at(0, state, { type: "earlier_life_cleared" });
  expect(launches(begun.effects)).toEqual(["local"]);
  expect(launches(grant(1, begun.state, { term: 1n, deadlineMs: 9_000 }).effects)).toEqual([]);
  const { verdicts } = at(2, state, { type: "start_asked", ...wish(["own"]) });
  expect(verdicts).toEqual([{ name: "own", refusedBecause: "PROTECTION_UNKNOWN" }]);
  const definition = definitionOf("new", { protectedBy: "a" });
  const deployment = { type: "channel_deployed", definition, digest: "new" } as const;
  const active = at(3, state, { ...deployment, activation: "active" });
  expect(active).toMatchObject({ refusedBecause: "PROTECTION_UNKNOWN", state });
  const inactive = at(3, state, { ...deployment, activation: "inactive" });
  expect(inactive.state.channels.has("new")).toBe(true);
});

test("a server has at most as many channels as one heartbeat tells of", () => {
  const kept = Array.from({ length: bounds.channelsMax }, (_, index) => {
    const definition = definitionOf(`c${index}`);
    return { definition, digest: "d", activation: "inactive" as const, order: undefined };
  });
  const state = stateWith({}, { channels: kept });
  const deploy = (name: string, digest: string) =>
    at(0, state, {
      type: "channel_deployed",
      definition: definitionOf(name, { restart: { ...defaults.restart, attemptsMax: 1 } }),
      digest,
      activation: "inactive",
    });
  expect(deploy("one-more", "d")).toMatchObject({ refusedBecause: "TOO_MANY_CHANNELS", state });
  // One that is there may change, and one that goes makes room.
  expect(deploy("c7", "changed").state.channels.get("c7")?.digest).toBe("changed");
  const { state: after } = at(0, state, { type: "channel_undeployed", name: "c7" });
  const again = at(0, after, {
    type: "channel_deployed",
    definition: definitionOf("one-more"),
    digest: "d",
    activation: "inactive",
  });
  expect(again.state.channels.has("one-more")).toBe(true);
});

test("a definition that is deployed again as it is told keeps the digest of its file", () => {
  const again = at(0, stateWith(), {
    type: "channel_deployed",
    definition: definitionOf("local"),
    digest: "of what was told",
    activation: "active",
  });
  expect(again.state.channels.get("local")?.digest).toBe("local");
});

test("an equal digest makes no equal definition: another working directory is a change", () => {
  const { runtime } = definitionOf("local");
  const moved = { ...runtime, workingDirectory: "/elsewhere" };
  const begun = at(0, stateWith(), { type: "earlier_life_cleared" });
  const deployed = at(2, becomeReady(1, begun.state, "local"), {
    type: "channel_deployed",
    definition: definitionOf("local", { runtime: moved }),
    digest: "local",
    activation: "active",
  });
  expect(deployed.effects).toMatchObject([{ type: "stop_run", name: "local" }]);
});

import { expect, test } from "vitest";
import { TransportCheck } from "./transport-check.ts";

function begin() {
  const asked: ((problem: string) => void)[] = [];
  let nowMs = 1_000;
  const transport = { check: () => new Promise<string>((resolve) => asked.push(resolve)) };
  const check = new TransportCheck(transport, { nowMs: () => nowMs, wallMs: () => 1e12 + nowMs });
  return { check, asked, pass: (ms: number) => (nowMs += ms) };
}

test("however many ask at once, the server is asked once", async () => {
  const { check, asked } = begin();
  const answers = [check.ask(), check.ask(), check.ask()];
  asked[0]?.("it is closed");
  const told = { problem: "it is closed", wallMs: 1e12 + 1_000 };
  expect(await Promise.all(answers)).toEqual([told, told, told]);
  expect(asked).toHaveLength(1);
});

test("an answer is told again for some seconds, and then asked for anew", async () => {
  const { check, asked, pass } = begin();
  const first = check.ask();
  asked[0]?.("");
  await first;
  pass(4_999);
  expect(await check.ask()).toEqual({ problem: "", wallMs: 1e12 + 1_000 });
  pass(1);
  const again = check.ask();
  asked[1]?.("it refuses the login");
  expect(await again).toEqual({ problem: "it refuses the login", wallMs: 1e12 + 6_000 });
});

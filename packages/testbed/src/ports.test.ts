import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chooseFreePorts } from "./ports.ts";

const module = fileURLToPath(new URL("./ports.ts", import.meta.url));

/** Chooses in a process of its own, with given chances, and ends. */
function chooseElsewhere(chances: readonly number[]): unknown {
  const script = `
    const chances = ${JSON.stringify(chances)};
    Math.random = () => chances.shift() ?? 0.99;
    const { chooseFreePorts } = await import(${JSON.stringify(module)});
    process.stdout.write(JSON.stringify(await chooseFreePorts(1)));`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(child.stdout.toString());
}

test("a port that one process has chosen is chosen by no other", async () => {
  const [own = 0] = await chooseFreePorts(1);
  const chance = (own - 10_000 + 0.5) / 22_000;
  const other = Math.random();
  expect(chooseElsewhere([chance, other])).not.toContain(own);
});

test("a port is free again when the process that had chosen it is gone", () => {
  const chance = Math.random();
  expect(chooseElsewhere([chance])).toEqual(chooseElsewhere([chance]));
});

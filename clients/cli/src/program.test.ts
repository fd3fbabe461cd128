import { expect, test } from "vitest";
import { runCommandLine } from "./program.ts";

async function run(...words: string[]) {
  let out = "";
  let err = "";
  const exitCode = await runCommandLine(words, {
    stdin: process.stdin,
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    // No file is there: the profile is "local".
    environment: { XDG_CONFIG_HOME: import.meta.dirname },
  });
  return { exitCode, out, err };
}

test.each([
  [["nonsense"], "unknown command 'nonsense'"],
  [["statu"], "(Did you mean status?)"],
  [["explain"], "missing required argument 'server'"],
  [["explain", "Primary 1"], "It must be a server id"],
  [["switchover", "primary-1"], "required option '-r, --reason <text>' not specified"],
  [["failback", "primary-1", "--reason", " "], "It must be one line of 1 to 1024 characters."],
  [["maintenance", "set", "a", "--reason", "b", "--for", "2 weeks"], "must be a duration such as"],
  [["flow", "test", "--signal", "SICK"], "It must be LIVE, DEAD or CLOSE."],
  [["drill", "a", "--reason", "b", "--start", "soon"], "must be a duration such as"],
  [["drill", "a", "--reason", "b", "--silence", "--shadow"], "cannot be used with"],
  [["channels", "stop", "OR*ERS"], "It must be the name of a channel"],
  [["signals", "--limit", "0"], "It must be a number from 1 to 1000."],
  [["explain", "a", "--signal", "DEAD"], "It must be the number of a signal"],
  [["advice", "a", "--per-year", "0"], "It must be a number from 0.001 to 1000000."],
  [["completion", "tcsh"], "Allowed choices are bash, zsh, fish."],
  [["channels", "log", "orders"], 'the profile "local" does not have exactly one'],
  [["channels", "log", "orders", "--server", "b"], 'Cannot ask the channels service of "b"'],
  [["watch"], "Cannot watch: this is no terminal"],
])("%j is refused with exit code 2, why, and what to do next", async (words, why) => {
  const { exitCode, out, err } = await run(...words);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(err).toContain(why);
  expect(err).toMatch(/^Next: \S+/m);
});

test("help is told on standard output, with the exit codes", async () => {
  const { exitCode, out, err } = await run("--help");
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toContain("3 a service did not answer");
});

test("a script for a shell needs no service", async () => {
  const { exitCode, out } = await run("completion", "zsh");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^#compdef hot-backup$/m);
});

test("with --json a complaint is one JSON document beside the result", async () => {
  const { err } = await run("watch", "--profile", "nobody", "--json");
  expect(JSON.parse(err)).toMatchObject({ error: { reason: "MISUSED", exitCode: 2 } });
});

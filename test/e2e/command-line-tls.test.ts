// The command line with certificates: who asks is who the certificate says, and who answers is who
// the profile says, or nothing is told.

import { afterAll, beforeAll, expect, test } from "vitest";
import { CommandLine, profileOf } from "./command-line.fixture.ts";
import { openSecureBed, type SecureBed } from "./tls.fixture.ts";

let secure: SecureBed;
let operator: CommandLine;
beforeAll(async () => {
  secure = await openSecureBed();
  operator = new CommandLine(profile({}));
});
afterAll(async () => {
  operator?.[Symbol.dispose]();
  await secure?.[Symbol.asyncDispose]();
});

function profile({ directory = secure.certificates.directory("operator-ada"), on = "backup-1" }) {
  const { servers } = secure.bed;
  return {
    ...profileOf(servers),
    monitor: { server: on, address: servers.address("monitor") },
    notify: { server: "backup-1", address: servers.address("notify") },
    tls: { directory },
  };
}

test("an operator is told everything, over mTLS", async () => {
  const { exitCode, out, err } = await operator.run("status");
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toMatch(/^primary-1 +LIVE/m);
  expect(out).toMatch(/^orders +primary-1 +STARTED/m);
});

test("an operator is in the history under the name of the certificate, and no other", async () => {
  const words = ["maintenance", "set", "primary-1", "--reason", "a new fan"];
  const other = await operator.run(...words, "--as", "bob");
  expect(other.exitCode).toBe(1);
  expect(other.err).toContain("Next: leave --as out: the certificate says who you are");
  expect((await operator.run(...words)).exitCode).toBe(0);
  expect((await operator.run("explain", "primary-1")).out).toContain("(ada: a new fan)");
});

test("a reader looks, and moves nothing", async () => {
  const directory = await secure.certificates.person("reader", "rob");
  using reader = new CommandLine(profile({ directory }));
  expect((await reader.run("servers")).exitCode).toBe(0);
  const words = ["switchover", "primary-1", "--reason", "mischief", "--yes"];
  const { exitCode, err } = await reader.run(...words);
  expect(exitCode).toBe(1);
  expect(err).toContain("Next: use the certificate of an operator");
});

test("a monitor that is not the one of the profile tells nothing", async () => {
  using misled = new CommandLine(profile({ on: "primary-1" }));
  const { exitCode, out } = await misled.run("status");
  expect(exitCode).toBe(3);
  expect(out).toMatch(/^monitor UNKNOWN at .*its certificate is of .*backup-1/m);
  expect(out).not.toContain("LIVE");
});

test("certificates that are not there are told with how to make them", async () => {
  using bare = new CommandLine(profile({ directory: "nowhere" }));
  const { exitCode, err } = await bare.run("status");
  expect(exitCode).toBe(2);
  expect(err).toMatch(
    /nowhere: has neither operator\.crt nor reader\.crt\nNext: make them with deploy\/certificates/,
  );
});

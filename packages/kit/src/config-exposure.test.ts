import { expect, test } from "vitest";
import { z } from "zod";
import { checkConfig, ConfigError, parseConfigSource } from "./config.ts";
import { checkExposure, readTls, remoteAddress, warnOfInsecure } from "./config-exposure.ts";
import { instanceFields, listenAddress } from "./config-fields.ts";

const schema = z
  .strictObject({ ...instanceFields, listen: listenAddress, peer: remoteAddress.optional() })
  .superRefine((value, context) => {
    const { listen, peer } = value;
    checkExposure(context, value, [
      { path: ["listen"], address: listen },
      ...(peer === undefined ? [] : [{ path: ["peer"], address: peer.address, remote: peer }]),
    ]);
  });

function read(...lines: readonly string[]) {
  const text = ["server: a", "group: g", ...lines].join("\n");
  return checkConfig(parseConfigSource(text, { file: "a.yaml", environment: {} }), schema);
}

function problemsOf(...lines: readonly string[]): string {
  try {
    read(...lines);
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

const tls = "tls: { directory: certificates }";

test.each([
  "127.0.0.1:7502",
  "127.8.9.1:0",
  "localhost:7502",
  "[::1]:7502",
  "[0:0:0:0:0:0:0:1]:7502",
  "unix:/run/monitor.sock",
])("%s is of this machine and needs no TLS", (address) => {
  expect(problemsOf(`listen: "${address}"`)).toBe("");
});

test.each([
  "0.0.0.0:7502",
  "10.0.0.1:7502",
  "[::]:7502",
  "[::ffff:10.0.0.1]:7502",
  "[fe80::1]:7502",
  "monitor:7502",
  "localhost.example.org:7502",
  "127.0.0.1.example.org:7502",
])("%s is refused without TLS, with what to do", (address) => {
  const problems = problemsOf(`listen: "${address}"`);
  expect(problems).toMatch(/^a\.yaml:3:1: listen: /);
  expect(problems).toMatch(/from other machines and has no TLS: .*tls.*insecure: true|host:port/);
});

test("what is dialed is held to the same, in the same breath", () => {
  const problems = problemsOf("listen: 0.0.0.0:1", "peer: monitor:7502").split("\n");
  expect(problems).toEqual([
    expect.stringContaining('a.yaml:3:1: listen: "0.0.0.0:1" can be reached'),
    expect.stringContaining('a.yaml:4:1: peer: "monitor:7502" can be reached'),
  ]);
});

test("insecure: true lets everything be plain, and says so at every start", () => {
  expect(problemsOf("listen: 0.0.0.0:1", "peer: monitor:7502", "insecure: true")).toBe("");
  expect(problemsOf("listen: 0.0.0.0:1", "insecure: false")).not.toBe("");
  expect(warnOfInsecure(read("listen: 0.0.0.0:1", "insecure: true"))).toHaveLength(1);
  expect(warnOfInsecure(read("listen: 127.0.0.1:1"))).toEqual([]);
});

test("tls and insecure: true contradict each other", () => {
  expect(problemsOf("listen: 127.0.0.1:1", tls, "insecure: true")).toContain("contradicts tls");
});

test("with tls a service of another server is named, wherever it is", () => {
  for (const address of ["monitor:7502", "127.0.0.1:7502"]) {
    const problems = problemsOf("listen: 0.0.0.0:1", tls, `peer: ${address}`);
    expect(problems).toContain(
      `a.yaml:5:1: peer: must be { server: <its server>, address: "${address}`,
    );
  }
  const named = "peer: { server: b, address: monitor:7502 }";
  expect(read("listen: 0.0.0.0:1", tls, named).peer).toEqual({
    server: "b",
    address: "monitor:7502",
  });
  expect(problemsOf("listen: 0.0.0.0:1", tls, "peer: unix:/run/monitor.sock")).toBe("");
});

test("the directory is looked for beside the file, every ten seconds", () => {
  expect(readTls(read("listen: 0.0.0.0:1", tls), "/etc/hot-backup/a.yaml")).toEqual({
    directory: "/etc/hot-backup/certificates",
    refreshMs: 10_000,
    expiryWarningMs: 14 * 86_400_000,
  });
  expect(readTls(read("listen: 127.0.0.1:1"), "/etc/hot-backup/a.yaml")).toBeUndefined();
});

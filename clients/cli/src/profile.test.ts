import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { profileNames, readProfile } from "./profile.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-profiles-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function environment(text: string | undefined, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  if (text !== undefined) {
    mkdirSync(join(folder, "hot-backup"), { recursive: true });
    writeFileSync(join(folder, "hot-backup", "profiles.yaml"), text);
  }
  return { XDG_CONFIG_HOME: folder, ...more };
}

const one = "profiles: { a: { monitor: 127.0.0.1:1 } }";
const two = `default: b
profiles: { a: { monitor: 127.0.0.1:1 }, b: { monitor: "unix:/run/monitor.sock" } }`;

test("without a file the addresses are those of npm start", () => {
  const { name, monitors, channels } = readProfile(undefined, environment(undefined));
  expect({ name, monitors }).toMatchObject({
    name: "local",
    monitors: [{ address: "127.0.0.1:7502" }],
  });
  expect([...channels.keys()]).toEqual(["primary-1", "backup-1"]);
});

test("the option comes before the variable, the variable before the default", () => {
  const variable = { HOT_BACKUP_PROFILE: "a" };
  expect(readProfile("b", environment(two, variable)).name).toBe("b");
  expect(readProfile(undefined, environment(two, variable)).name).toBe("a");
  expect(readProfile(undefined, environment(two)).name).toBe("b");
  expect(readProfile(undefined, environment(one)).name).toBe("a");
  expect(profileNames(environment(two))).toEqual(["local", "a", "b"]);
});

test("where several could be meant, somebody has to choose", () => {
  const text = "profiles: { a: { monitor: 127.0.0.1:1 }, b: { monitor: 127.0.0.1:2 } }";
  expect(() => readProfile(undefined, environment(text))).toThrow("has several and no default");
  expect(() => readProfile("c", environment(text))).toThrow('Cannot use the profile "c"');
});

test("another machine is asked with certificates, or in the open on purpose", () => {
  const remote = "profiles: { a: { monitor: 10.0.0.2:7502 } }";
  expect(() => readProfile("a", environment(remote))).toThrow(/profiles\.a\.monitor/);
  const open = "profiles: { a: { monitor: 10.0.0.2:7502, insecure: true } }";
  expect(readProfile("a", environment(open)).tls).toBeUndefined();
  const nameless = "profiles: { a: { monitor: 10.0.0.2:7502, tls: { directory: certs } } }";
  expect(() => readProfile("a", environment(nameless))).toThrow("it has to prove whose it is");
});

test("certificates are where the file is, or below the home of the operator", () => {
  const profile = (directory: string) =>
    readProfile(
      "a",
      environment(`profiles:
  a:
    monitor: { server: backup-1, address: 10.0.0.2:7502 }
    tls: { directory: ${directory} }`),
    );
  expect(profile("certs").tls?.directory).toBe(join(folder, "hot-backup", "certs"));
  expect(profile("~/certs").tls?.directory).toBe(join(homedir(), "certs"));
});

test("a profile names one monitor or several, each once", () => {
  const of = (monitor: string) =>
    readProfile("a", environment(`profiles: { a: { monitor: ${monitor} } }`)).monitors;
  expect(of("127.0.0.1:1")).toMatchObject([{ address: "127.0.0.1:1" }]);
  expect(of("[127.0.0.1:1, { server: b, address: 127.0.0.1:2 }]")).toMatchObject([
    { address: "127.0.0.1:1" },
    { address: "127.0.0.1:2", server: "b" },
  ]);
  expect(() => of("[127.0.0.1:1, 127.0.0.1:1]")).toThrow("must not name a monitor twice");
  expect(() => of("[]")).toThrow("must name a monitor");
  expect(() => of("[127.0.0.1:1, 10.0.0.2:7502]")).toThrow(/profiles\.a\.monitor\.1/);
});

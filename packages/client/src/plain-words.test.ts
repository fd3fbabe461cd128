import { expect, test } from "vitest";
import { inPlainWords } from "./plain-words.ts";

test.each([
  ["connect ECONNREFUSED 127.0.0.1:7502", "nothing listens at 127.0.0.1:7502"],
  ["connect ECONNREFUSED ::1:7502", "nothing listens at ::1:7502"],
  ["connect ENOENT /run/monitor.sock", "there is no socket /run/monitor.sock"],
  ["connect EACCES /run/monitor.sock", "this user may not open /run/monitor.sock"],
  ["connect EHOSTUNREACH 10.0.0.2:7502", "no way leads to 10.0.0.2:7502"],
  [
    "Name resolution failed for target dns:///nobody.invalid:7502",
    "the name nobody.invalid has no address",
  ],
  [
    "Deadline exceeded after 2.986s,LB pick: 0.001s,remote_addr=127.0.0.1:7502",
    "127.0.0.1:7502 does not answer",
  ],
  ["Deadline exceeded after 2.986s,name resolution: 2.9s", "the service does not answer"],
  ["Protocol error (2026-11-22T21:59:05.062Z)", "what answers at this address does not speak gRPC"],
  [
    "The server does not implement the method /hotbackup.v1.MonitorService/ListServers",
    "another service answers at this address, or an older version of the one that is meant",
  ],
  ["its certificate is of notify.backup-1", "its certificate is of notify.backup-1"],
])("%s is told as %s", (told, meaning) => {
  expect(inPlainWords(`Cannot ask the monitor: ${told}`)).toBe(
    `Cannot ask the monitor: ${meaning}`,
  );
});

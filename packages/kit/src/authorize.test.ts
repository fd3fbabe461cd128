// Who a call is taken to come from, however its connection fares while it lasts.

import { EventEmitter } from "node:events";
import { MonitorServiceService } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { checkSpeaksFor, createGuard } from "./authorize.ts";
import { serviceIdentity } from "./identity.ts";

/** A heartbeat stream of primary-2, which can lose its connection. */
class Call extends EventEmitter {
  isConnected = true;
  denied = "";

  getAuthContext() {
    const subjectaltname = "URI:spiffe://hot-backup/server/primary-2/heartbeat";
    return this.isConnected ? { sslPeerCertificate: { subjectaltname } } : {};
  }

  getPeer() {
    return "127.0.0.1:1";
  }
}

/** Begins a call under a guard, and gives it to the handler. */
function begin(call: Call): { wasHandled: boolean } {
  const seen = { wasHandled: false };
  const guard = createGuard(serviceIdentity("backup-1", "monitor"), { note: () => {} });
  const { streamHeartbeats } = MonitorServiceService;
  const handlers = guard.guard(
    { streamHeartbeats },
    { streamHeartbeats: () => (seen.wasHandled = true) },
  );
  call.on("error", ({ details }: { details: string }) => (call.denied = details));
  Reflect.apply(handlers["streamHeartbeats"] ?? (() => {}), undefined, [call]);
  return seen;
}

test("what a caller said before its connection broke is no more believed than the rest", () => {
  const call = new Call();
  expect(begin(call).wasHandled).toBe(true);
  call.isConnected = false;
  const reason = expect.objectContaining({ reason: "OTHER_SERVER" });
  expect(() => checkSpeaksFor(call, "primary-1")).toThrow(reason);
  expect(() => checkSpeaksFor(call, "primary-2")).not.toThrow();
});

test("a call whose connection is gone when it begins reaches no handler", () => {
  const call = new Call();
  call.isConnected = false;
  expect(begin(call).wasHandled).toBe(false);
  expect(call.denied).toContain("the connection of the caller is gone");
});

test("where nobody is told apart a stream may speak for any server", () => {
  expect(() => checkSpeaksFor(new Call(), "primary-1")).not.toThrow();
});

import { expect, test } from "vitest";
import type { DeliveryView } from "../../src/view/mail.ts";
import { joinDeliveries } from "./deliveries.ts";

function delivery(fields: Partial<DeliveryView>): DeliveryView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    key: "k",
    messageId: "<k@example.org>",
    state: "QUEUED",
    recipients: ["ops@example.org"],
    refusedRecipients: [],
    subject: "",
    text: "",
    attempts: 0,
    lastAnswer: "",
    acceptedAtMs: 1,
    settledAtMs: undefined,
    nextAttemptAtMs: undefined,
    thread: "",
    asOfMs: 1,
    traceId: "",
    ...fields,
  };
}

test("a mail that was listed and came live is one mail, as it was told last", () => {
  const queued = delivery({});
  const sent = delivery({ state: "SENT", asOfMs: 2 });
  expect(joinDeliveries([sent], [queued])).toEqual([sent]);
  expect(joinDeliveries([queued], [sent])).toEqual([sent]);
});

test("the newest mail is first, wherever it came from", () => {
  const old = delivery({ key: "old" });
  const young = delivery({ key: "young", acceptedAtMs: 5 });
  expect(joinDeliveries([young], [old]).map(({ key }) => key)).toEqual(["young", "old"]);
  expect(joinDeliveries([old], [young]).map(({ key }) => key)).toEqual(["young", "old"]);
});

// One bed, step by step: notify or the SMTP server is down while a failover and a failback happen.
// Channels never wait for a mail, and every mail arrives in the end, once.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { type Mailbox, openMailbox } from "@hot-backup/testbed/mailbox.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  subjectWord,
  untilRunningOn,
  untilSignals,
  withinMs,
} from "./bed.fixture.ts";

let bed: Bed;
let smtpPort = 0;
let mailbox: Mailbox | undefined;
beforeAll(async () => {
  [smtpPort = 0] = await chooseFreePorts(1);
  bed = await openBed((file, document) => {
    if (file !== "backup.yaml") return;
    // Nobody listens there yet.
    document.setIn(["notify", "smtp"], `smtp://127.0.0.1:${smtpPort}`);
    document.setIn(["notify", "retry"], { first: "100ms", max: "500ms" });
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
  await mailbox?.[Symbol.asyncDispose]();
});

test("the backup takes over without waiting for a notify service that is down", async () => {
  const { servers } = bed;
  await untilDeliveries(1);
  await servers.backup.killService("notify");
  await servers.primary.kill();
  await untilRunningOn(bed, "backup");
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  expect(servers.backup.isRunning("notify")).toBe(false);
});

test("the mail waits in the monitor until notify is back", async () => {
  bed.servers.backup.start(["notify"]);
  expect(await untilDeliveries(2)).toEqual(["LIVE", "DEAD"]);
});

test("the primary takes its channels back while no mail can be delivered", async () => {
  bed.servers.primary.start();
  await untilRunningOn(bed, "primary");
  expect(await untilDeliveries(3)).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("a killed notify service forgets no mail, and each arrives once in the end", async () => {
  await bed.servers.backup.killService("notify");
  bed.servers.backup.start(["notify"]);
  const opened = await openMailbox(smtpPort);
  mailbox = opened;
  await bed.servers.waitFor("every mail to be sent", withinMs, async () => {
    const states = (await deliveries()).map((each) => each.state);
    return states.every((each) => each === DeliveryState.DELIVERY_STATE_SENT);
  });
  const words = opened.mails.map(({ subject }) => subjectWord(subject));
  expect(words.toSorted()).toEqual(["DEAD", "LIVE", "LIVE"]);
});

// The mails that notify has accepted, oldest first.
async function untilDeliveries(count: number): Promise<string[]> {
  return bed.servers.waitFor(`${count} mails in the outbox`, withinMs, async () => {
    const words = (await deliveries()).map(({ subject }) => subjectWord(subject));
    return words.length >= count && words;
  });
}

async function deliveries() {
  const { notify } = bed.servers;
  const options = { what: "Cannot list deliveries", deadlineMs: 2000 };
  const request = { state: DeliveryState.DELIVERY_STATE_UNSPECIFIED, pageSize: 100, pageToken: "" };
  const { deliveries: found } = await call(notify.listDeliveries.bind(notify), request, options);
  return found.toReversed();
}

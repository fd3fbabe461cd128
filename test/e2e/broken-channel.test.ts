// One bed, step by step: a takeover of which a part fails. One channel is broken on the backup.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, openBed, untilRunningOn, withinMs } from "./bed.fixture.ts";
import { breakInvoices } from "./broken-channel.fixture.ts";

let bed: Bed;
let mend: () => Promise<void>;
beforeAll(async () => {
  bed = await openBed((file, document) => {
    // Longer than a busy machine takes to start a channel, or to find that it cannot be.
    if (file === "backup.yaml") document.setIn(["monitor", "mailDelay"], "3s");
  });
  mend = await breakInvoices(bed);
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a channel that cannot start does not keep the others from being taken over", async () => {
  await bed.servers.primary.kill();
  await bed.servers.waitFor("orders to run on the backup", withinMs, async () => {
    const channels = await bed.servers.channels("backup");
    return channels.get("orders")?.activity === Activity.ACTIVITY_STARTED;
  });
  const channels = await bed.servers.channels("backup");
  expect(channels.get("invoices")?.activity).not.toBe(Activity.ACTIVITY_STARTED);
});

test("the mail that goes out after mailDelay names what fails, and why", async () => {
  const mail = await untilMail(/^\S+ \S+ DEAD /);
  expect(mail.subject).toMatch(/backup-1 runs 1 of 2 channels/);
  expect(mail.text).toMatch(/invoices.*exited with code 7/);
});

test("a mended channel is started without anybody's order, and a mail says RESOLVED", async () => {
  await mend();
  await untilRunningOn(bed, "backup");
  const mail = await untilMail(/RESOLVED DEAD/);
  expect(mail.subject).toMatch(/backup-1 runs 2 of 2 channels/);
});

test("there is one mail of what failed, and one of its end", () => {
  const dead = bed.servers.mailbox.mails.filter(({ subject }) => subject.includes("DEAD"));
  expect(dead).toHaveLength(2);
});

function untilMail(subject: RegExp) {
  return bed.servers.waitFor(`a mail ${subject}`, withinMs, () => {
    return bed.servers.mailbox.mails.find((mail) => subject.test(mail.subject));
  });
}

// A channel that is broken on the backup, and mended.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import {
  Activation,
  type ChannelDefinition,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { type Bed, withinMs } from "./bed.fixture.ts";

/** Breaks invoices on the backup: it says why, and fails. Returns how to mend it. */
export async function breakInvoices(bed: Bed): Promise<() => Promise<void>> {
  const { definition: sound } = (await bed.servers.channels("backup")).get("invoices") ?? {};
  const { runtime, restart } = sound ?? {};
  if (sound === undefined || runtime === undefined || restart === undefined) {
    throw new Error("The backup does not know invoices");
  }
  const command = ["sh", "-c", "echo the printer is on fire; exit 7"];
  await deploy(bed, {
    ...sound,
    runtime: { ...runtime, value: { ...runtime.value, command } },
    restart: { ...restart, attemptsMax: 0 },
  });
  return () => deploy(bed, sound);
}

async function deploy({ servers }: Bed, definition: ChannelDefinition): Promise<void> {
  const client = servers.backupChannels;
  const current = (await servers.channels("backup")).get("invoices");
  const request = {
    definition,
    activation: current?.activation ?? Activation.ACTIVATION_INACTIVE,
    actor: { name: "an operator", reason: "the printer" },
  };
  const options = { what: "Cannot deploy invoices", deadlineMs: withinMs };
  await call(client.deployChannel.bind(client), request, options);
}

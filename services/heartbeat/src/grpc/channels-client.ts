// The client of the local channels service: decisions about the lease, and a watch that only tells
// that something has changed.

import { pauseMs } from "@hot-backup/kit/backoff.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { SecureTarget } from "@hot-backup/kit/tls-dial.ts";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { readReport, writeDecision } from "../convert.ts";
import type { Channels } from "../ports.ts";

/** Quick, because a channels service that is back should be noticed within an interval. */
const watchBackoff = { firstMs: 50, maxMs: 1000 };

/** The channels service at `address`. Closed by disposing of it. */
export function openChannels(
  address: string,
  sender: { readonly serverId: string; readonly bootId: string },
  secure?: SecureTarget,
): Channels & Disposable {
  const client = dial(ChannelServiceClient, address, secure);
  const renewLease = client.renewLease.bind(client);
  const what = `Cannot pass a decision to the channels service at ${address}`;
  return {
    decide: async (decision, { deadlineMs, monitorUntilBootMs }) => {
      const request = writeDecision(decision, { ...sender, monitorUntilBootMs });
      const response = await call(renewLease, request, { what, deadlineMs });
      const report = readReport(response);
      if (report !== undefined) return report;
      throw new Failure("internal", {
        message: `${what}: its answer has no report`,
        reason: "NO_REPORT",
      });
    },
    watch: async (onChange, signal) => {
      for (let failures = 1; !signal.aborted; failures += 1) {
        const hasHeard = await watchOnce(client, { sender, onChange, signal });
        if (hasHeard) failures = 1;
        // A watch that ended says that the channels service is gone, or was.
        if (!signal.aborted) onChange();
        await sleep(pauseMs(watchBackoff, failures, Math.random()), signal);
      }
    },
    [Symbol.dispose]: () => client.close(),
  };
}

// Resolves when the watch has ended, with whether it brought anything.
function watchOnce(
  client: InstanceType<typeof ChannelServiceClient>,
  options: { sender: { serverId: string }; onChange: () => void; signal: AbortSignal },
): Promise<boolean> {
  const { onChange, signal } = options;
  return new Promise((resolve) => {
    let hasHeard = false;
    const stream = client.watchChannels({ protectedBy: options.sender.serverId, monitorOf: [] });
    const cancel = () => stream.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    stream.on("data", () => {
      hasHeard = true;
      if (!signal.aborted) onChange();
    });
    stream.on("error", () => undefined);
    stream.on("status", () => {
      signal.removeEventListener("abort", cancel);
      resolve(hasHeard);
    });
  });
}

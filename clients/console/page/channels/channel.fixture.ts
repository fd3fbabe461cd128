// A channel as a channels service tells it, for tests.

import type { ChannelView } from "../../src/view/channel.ts";

export function channelView(fields: Partial<ChannelView> = {}): ChannelView {
  return {
    toldBy: "primary-1",
    heardAtMs: 0,
    name: "orders",
    protectedBy: "primary-1",
    activity: "STARTED",
    activation: "ACTIVE",
    term: "3",
    because: "",
    restarts: 0,
    pid: 100,
    changedAtMs: 0,
    asOfMs: 0,
    digest: "aa",
    lastFailure: undefined,
    override: undefined,
    definition: {
      command: ["node", "main.ts"],
      environment: [],
      workingDirectory: "",
      user: "",
      readiness: "",
      stopSignal: "SIGTERM",
      stopTimeoutMs: undefined,
      restartsMax: undefined,
    },
    ...fields,
  };
}

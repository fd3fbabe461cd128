// The notify service over a real outbox, from which nothing is ever sent.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { createNotifyService } from "../../services/notify/src/grpc/notify-service.ts";
import { openSqliteLedger } from "../../services/notify/src/store/sqlite.ts";
import { messageTemplate } from "../../services/notify/src/templates/message.ts";
import { signalTemplate } from "../../services/notify/src/templates/signal.ts";
import { createWriter } from "../../services/notify/src/templates/template.ts";
import type { Subject } from "./subject.fixture.ts";

export async function openNotifySubject(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-fuzz-"));
  const log = openLog("test", { server: "test", level: "fatal" });
  const ledger = openSqliteLedger(join(folder, "notify.db"));
  let wakes = 0;
  const service = createNotifyService({
    ledger,
    write: createWriter([signalTemplate, messageTemplate]),
    clock: { wallMs: () => Date.UTC(2026, 10, 22) },
    log,
    domain: "example.org",
    outboxMax: 50,
    transport: { ask: async () => ({ problem: "", wallMs: 0 }) },
    wake: () => {
      wakes += 1;
    },
  });
  const server = await serve("127.0.0.1:0", { services: [service], log });
  return {
    address: server.address,
    snapshot: () => ({
      wakes,
      messages: ledger.list({ state: undefined, before: undefined, limit: 100 }),
    }),
    [Symbol.asyncDispose]: async () => {
      await server.close(0);
      ledger[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

// The monitor over a journal in memory, with time that stands still: what changes was changed by a
// request.

import { openWire } from "../../services/monitor/src/grpc/wire.fixture.ts";
import { createMemoryDisk, openMemoryJournal } from "../../services/monitor/src/store/memory.ts";
import type { Subject } from "./subject.fixture.ts";

const all = { serverId: "", limit: 1_000_000, before: undefined };

/** A monitor of the group "test" that watches primary-1. */
export async function openMonitorSubject(): Promise<Subject> {
  const journal = openMemoryJournal(createMemoryDisk("journal-1"));
  const wire = await openWire({ journal });
  const { story, address } = wire;
  return {
    address,
    snapshot: () => ({
      content: journal.load(),
      signals: journal.listSignals(all),
      runs: journal.listRuns(all),
      // A refusal leaves a line about itself, and nothing else.
      history: journal.listHistory("primary-1", all.limit).filter(({ refusal }) => refusal === ""),
      orders: story.orders.length,
      mails: story.mails.length,
    }),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

// A process that commits numbered changes for ever and tells each number on standard output after
// its commit: the test kills it. Usage: node commit-loop.fixture.ts FILE

import { writeSync } from "node:fs";
import { numberedChange } from "./sample-records.fixture.ts";
import { openSqliteJournal } from "./sqlite.ts";

const journal = openSqliteJournal(process.argv[2] ?? "");
for (let number = journal.load().lastSignalId + 1n; ; number += 1n) {
  journal.commit(numberedChange(number));
  writeSync(1, `${number}\n`);
}

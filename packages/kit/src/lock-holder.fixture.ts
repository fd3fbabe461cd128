// A process that has a store open until it is killed: `node lock-holder.fixture.ts FILE`.

import { openDatabase } from "./sqlite.ts";

const [file = ""] = process.argv.slice(2);
const database = openDatabase(file, ["CREATE TABLE rows (value INTEGER) STRICT"]);
const insert = database.prepare("INSERT INTO rows VALUES (?)");
let value = 0;
// Whoever listens may have heard enough.
process.stdout.on("error", () => {});
// Says each value only when its commit has returned.
setInterval(() => {
  value += 1;
  database.transact(() => insert.run(value));
  process.stdout.write(`${value}\n`);
}, 1);

#!/usr/bin/env node
// The command line: asks the services of a profile, and ends with one of the exit codes of
// exit-code.ts.

import { exitCodes } from "./exit-code.ts";
import { runCommandLine } from "./program.ts";

// Whoever read the result has read enough: `hot-backup signals | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
});

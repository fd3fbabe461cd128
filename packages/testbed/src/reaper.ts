// A small process that outlives this one, whatever ends it, and then ends the services that this
// one started. It is told their ids over a pipe that the kernel closes when this process dies, even
// by SIGKILL.

import { spawn } from "node:child_process";
import { Socket } from "node:net";

/**
 * Every process that a bed starts carries this variable, so that a reused process id is never
 * mistaken for it.
 */
export const bedVariable = "HOT_BACKUP_TESTBED";

/** Value of the variable for everything that this process starts. */
export const bedId = `${process.pid}-${process.hrtime.bigint()}`;

const script = `
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do
  if tr '\\0' '\\n' 2>/dev/null <"/proc/$pid/environ" | grep -qx "$0"; then kill -KILL "$pid"; fi
done`;

let pipe: NodeJS.WritableStream | undefined;

/** Has a process ended when this one is gone. */
export function endWithThisProcess(pid: number): void {
  pipe ??= startReaper();
  pipe.write(`${pid}\n`);
}

function startReaper(): NodeJS.WritableStream {
  const reaper = spawn("sh", ["-c", script, `${bedVariable}=${bedId}`], {
    // A session of its own: Ctrl-C on the terminal must not reach it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  reaper.unref();
  const { stdin } = reaper;
  // It may be ended before this process by somebody who cleans up; then there is nobody to tell.
  stdin.on("error", () => undefined);
  if (stdin instanceof Socket) stdin.unref();
  return stdin;
}

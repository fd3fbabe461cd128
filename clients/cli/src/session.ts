// What every command works with, and the one way to run a command: open the profile, do the work,
// and turn whatever goes wrong into a complaint and an exit code.

import { userInfo } from "node:os";
import type { Actor } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { type Complaint, toComplaint } from "./complaint.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { createOutput, type Output, type Sink } from "./output.ts";
import { readProfile } from "./profile.ts";
import { Services } from "./services.ts";
import { printable } from "./text/printable.ts";

/** What a command line has around it. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly environment: NodeJS.ProcessEnv;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: true;
  readonly profile?: string;
  readonly as?: string;
}

/** What a command works with. */
export interface Session {
  readonly surroundings: Surroundings;
  readonly services: Services;
  readonly output: Output;
  /** Who asks, for the history. */
  actor(reason: string): Actor;
}

/** The work of one command. Returns an exit code where done is not the word. */
export type Work = (session: Session) => Promise<ExitCode | undefined>;

/** Runs one command. Never throws. */
export async function runWork(
  work: Work,
  given: { options: GlobalOptions; surroundings: Surroundings },
): Promise<ExitCode> {
  const { options, surroundings } = given;
  const { stdout, stderr, environment } = surroundings;
  const isJson = options.json === true;
  const output = createOutput({ stdout, stderr, environment, isJson });
  try {
    using services = await Services.open(readProfile(options.profile, environment));
    const actor = (reason: string) => ({ name: nameOf(services, options), reason });
    const exitCode = await work({ surroundings, services, output, actor });
    return exitCode ?? exitCodes.done;
  } catch (error) {
    const complaint = toComplaint(error);
    complain(output, complaint);
    return complaint.exitCode;
  }
}

/** Tells a complaint beside the result: as text, or as one JSON document. */
function complain(output: Output, { message, reason, next, exitCode }: Complaint): void {
  if (output.isJson) {
    output.beside([JSON.stringify({ error: { message, reason, next, exitCode } })]);
    return;
  }
  const lines = message.split("\n").map(printable);
  output.beside([...lines, `Next: ${next}`]);
}

// With a certificate the services know who it is, and take no other name.
function nameOf(services: Services, options: GlobalOptions): string {
  return options.as ?? (services.person === undefined ? userInfo().username : "");
}

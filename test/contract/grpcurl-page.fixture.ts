// docs/grpcurl.md as the commands that it has, and a shell to paste them into: with grpcurl where
// that is installed, and with its stand-in elsewhere.

import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceEnvironment } from "@hot-backup/testbed/service-process.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const standIn = join(import.meta.dirname, "grpcurl.fixture.ts");

/** Nothing takes this long but a call that hangs. */
const pasteTakesMsMax = 60_000;

/** A command of the page, with the lines before it that it needs. */
export interface PageCommand {
  readonly line: number;
  readonly script: string;
  /** "package.Service/Method", or undefined for what asks reflection. */
  readonly method: string | undefined;
  /** The comment above it: "with TLS", or the reason with which it is refused. */
  readonly comment: string | undefined;
}

/** What came of a command. */
export interface Pasted {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

/** Every command of the page, in its order. */
export function readPage(): PageCommand[] {
  const lines = readFileSync(join(repository, "docs/grpcurl.md"), "utf8").split("\n");
  const commands: PageCommand[] = [];
  let before = "";
  let script = "";
  let comment: string | undefined;
  for (const [index, indented] of lines.entries()) {
    const line = indented.startsWith("    ") ? indented.slice(4) : undefined;
    if (line === undefined) [before, script, comment] = ["", "", undefined];
    else if (line.startsWith("# ")) comment = line.slice(2);
    else {
      script += `${line}\n`;
      if (!isWhole(script)) continue;
      if (/^(?:grpcurl|npx buf curl) /.test(script)) {
        const [method] = /hotbackup\.v1\.\w+\/\w+|grpc\.health\.v1\.\w+\/\w+/.exec(script) ?? [];
        commands.push({ line: index + 1, script: before + script, method, comment });
      } else before += script;
      script = "";
    }
  }
  return commands;
}

// A shell would wait for more after a backslash, a pipe, or an open quote.
function isWhole(script: string): boolean {
  const quotes = script.split("'").length - 1;
  return quotes % 2 === 0 && !/[\\|]\n$/.test(script);
}

/** Whether this machine has grpcurl. */
export function hasGrpcurl(): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, "grpcurl")));
}

/**
 * Pastes commands into a shell. `place` puts our addresses and folders in the place of the page's.
 */
export function openShell(folder: string, place: (script: string) => string) {
  if (!hasGrpcurl()) {
    const file = join(folder, "grpcurl");
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`);
    chmodSync(file, 0o755);
  }
  const { PATH = "", ...environment } = serviceEnvironment();
  const path = [folder, join(repository, "node_modules/.bin"), PATH].join(delimiter);
  /** Resolves when it has ended or, if it never would, has said something. */
  return ({ script }: PageCommand, { isEndless }: { isEndless: boolean }): Promise<Pasted> => {
    const child = spawn("bash", ["-c", place(script)], {
      cwd: repository,
      env: { ...environment, PATH: path, HOME: folder },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    const end = () => process.kill(-(child.pid ?? NaN), "SIGKILL");
    const late = setTimeout(end, pasteTakesMsMax);
    let output = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += String(chunk);
      if (isEndless && output.trim().endsWith("}")) end();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += String(chunk);
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(late);
        resolve({ code: code ?? (isEndless && output !== "" ? 0 : 1), output, complaint });
      });
    });
  };
}

/** Whether a refusal carries this reason: in words, or in a detail that buf curl leaves encoded. */
export function isRefusedWith(reason: string, { code, complaint }: Pasted): boolean {
  const encoded = [...complaint.matchAll(/"value": *"(?<value>[\w+/=]+)"/g)];
  const details = encoded.map(({ groups }) => Buffer.from(groups?.["value"] ?? "", "base64"));
  return code !== 0 && [complaint, ...details.map(String)].some((text) => text.includes(reason));
}

// `npm run demo`: plays a failover and a failback of real services and real channels, shows them as
// they happen, and judges them by the files they left.
//
//   --json FILE       also writes the figures
//   --port-base N     moves all ports; default 7400, so that the monitor listens on 7502
//
// Exit codes: 0 everything holds, 1 something does not, 2 bad arguments.

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { styleText } from "node:util";
import { readArguments } from "./arguments.ts";
import { openStage } from "./stage.ts";
import { playStory } from "./story.ts";
import { write } from "./timeline.ts";
import { type Figures, judgeStory, type StoryVerdict } from "./verdict.ts";

// The testbed ends everything it has started when this process exits, on whatever way.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => process.exit(1));
}

const filesPerSecond = 20;

const options = readArguments("usage: npm run demo -- [--json FILE] [--port-base N]", {
  hasFigures: true,
});
if (options === undefined) process.exit(2);
// At once, so that a file that cannot be written is told before the story and not after it, and
// whatever ends the story leaves no figures of an older one.
if (!prepareFigures()) process.exit(2);
try {
  const { figures, wrong } = await play(options.portBase);
  printTable(figures);
  for (const each of wrong) write(styleText("red", `  ✘ ${each}`));
  if (figures.ok) write(styleText("green", "  ✔ Nothing lost, nothing twice, never two runners."));
  writeFigures(figures);
  process.exit(figures.ok ? 0 : 1);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\n${reason}\n`);
  writeFigures({ ok: false, reason });
  process.exit(1);
}

function prepareFigures(): boolean {
  try {
    writeFigures({ ok: false, reason: "The story was not played to its end" });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Cannot write the figures: ${reason}\n`);
    return false;
  }
}

function writeFigures(figures: Figures | { ok: false; reason: string }): void {
  if (options?.json === undefined) return;
  writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function play(portBase: number): Promise<StoryVerdict> {
  await using stage = await openStage({ name: "demo", portBase, filesPerSecond });
  write(`Data, logs and evidence: ${relative(process.cwd(), stage.bed.folder)}\n`);
  stage.timeline.head();
  return judgeStory(stage, await playStory(stage));
}

function printTable(figures: Figures): void {
  const { oldStoppedMs, newStartedMs } = figures.freeze;
  const rows = [
    ["from the kill to DEAD", `${figures.killToDeadMs} ms`],
    ["from DEAD to both channels STARTED on the backup", `${figures.deadToStartedMs} ms`],
    ["from LIVE to both channels STARTED on the primary", `${figures.failbackMs} ms`],
    ["after the freeze, the old channels ended within", `${oldStoppedMs} ms`],
    ["after the freeze, the new channels started after", `${newStartedMs} ms`],
    ["files fed", `${figures.fed}`],
    ["files processed", `${figures.processed}`],
    ["files lost", `${figures.lost}`],
    ["files processed twice", `${figures.duplicated}`],
    ["instants with two runners", `${figures.overlaps}`],
    ["mails for signals", `${figures.mails.length} for ${figures.signals.length}`],
  ];
  write("");
  for (const [label = "", value = ""] of rows) write(`  ${label.padEnd(52)}${value.padStart(10)}`);
  write("");
}

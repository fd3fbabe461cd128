// The story of the demo, chapter by chapter: killed and back, stopped in order and back, frozen and
// back. Nothing here sleeps: every chapter ends when its conditions hold, and fails when they do
// not hold in time.

import { protectedChannels, type SeenSignal, serverIds, type Stage } from "./stage.ts";

/** Instants and lengths that the story measured. */
export interface Measurements {
  readonly killToDeadMs: number;
  readonly deadToStartedMs: number;
  readonly failbackMs: number;
  /** CLOCK_MONOTONIC, like the witnesses of the channels. */
  readonly frozenAtNs: bigint;
}

/** How long any one condition may take on a busy machine before the story has failed. */
const patienceMs = 20_000;

/** Enough work on one server to see it working. */
const filesPerChapter = 30;

/** A story under way. */
interface Play {
  readonly stage: Stage;
  /** Signals that the story has come past. */
  told: number;
}

/**
 * Plays the story. Rejects with the condition that did not come true, and the last lines of the
 * logs.
 */
export async function playStory(stage: Stage): Promise<Measurements> {
  const play = { stage, told: 0 };
  await beginBothServers(play);
  const { killToDeadMs, deadToStartedMs } = await killPrimary(play);
  const failbackMs = await bringPrimaryBack(play);
  await stopPrimaryInOrder(play);
  const frozenAtNs = await freezePrimary(play);
  await thawPrimary(play);
  await drain(stage);
  return { killToDeadMs, deadToStartedMs, failbackMs, frozenAtNs };
}

async function beginBothServers(play: Play): Promise<void> {
  const { stage } = play;
  const { bed, timeline } = stage;
  timeline.chapter("Both servers start");
  bed.backup.start();
  bed.primary.start();
  stage.follow();
  await signalAndMail(play, "LIVE");
  await everythingRunsOn(stage, "primary");
  await work(stage);
}

async function killPrimary(play: Play) {
  const { stage } = play;
  const { bed, timeline } = stage;
  timeline.chapter("The primary dies: SIGKILL to all of it at once");
  const killedAtMs = performance.now();
  await bed.primary.kill();
  const dead = await signalAndMail(play, "DEAD");
  const startedAtMs = await everythingRunsOn(stage, "backup");
  await work(stage);
  return { killToDeadMs: dead.atMs - killedAtMs, deadToStartedMs: startedAtMs - dead.atMs };
}

async function bringPrimaryBack(play: Play): Promise<number> {
  const { stage } = play;
  stage.timeline.chapter("The primary comes back");
  stage.bed.primary.start();
  const live = await signalAndMail(play, "LIVE");
  const startedAtMs = await everythingRunsOn(stage, "primary");
  await work(stage);
  return startedAtMs - live.atMs;
}

async function stopPrimaryInOrder(play: Play): Promise<void> {
  const { stage } = play;
  const { bed, timeline } = stage;
  timeline.chapter("The primary is stopped in good order: nobody takes over");
  const endings = await bed.primary.stop();
  for (const [name, { code, signal }] of endings) {
    if (code !== 0)
      throw new Error(`Cannot stop ${name} in order: it ended with ${code ?? signal}`);
  }
  await signalAndMail(play, "CLOSE");
  const waiting = stage.feeder.total + filesPerChapter;
  await bed.waitFor("files to wait for a runner", patienceMs, () => stage.feeder.total >= waiting);
  const runners = protectedChannels.flatMap((each) => stage.runners.serversOf(each));
  if (runners.length > 0) throw new Error(`Somebody runs after CLOSE: ${runners.join(", ")}`);
  timeline.chapter("And started again");
  bed.primary.start();
  await signalAndMail(play, "LIVE");
  await everythingRunsOn(stage, "primary");
  await work(stage);
}

async function freezePrimary(play: Play): Promise<bigint> {
  const { stage } = play;
  const { bed, timeline } = stage;
  timeline.chapter("The primary freezes: SIGSTOP to its services, while its channels run on");
  const frozenAtNs = process.hrtime.bigint();
  bed.primary.freeze(["heartbeat", "channels"]);
  await signalAndMail(play, "DEAD");
  await everythingRunsOn(stage, "backup");
  await work(stage);
  return frozenAtNs;
}

async function thawPrimary(play: Play): Promise<void> {
  const { stage } = play;
  stage.timeline.chapter("The primary thaws");
  stage.bed.primary.thaw();
  await signalAndMail(play, "LIVE");
  await everythingRunsOn(stage, "primary");
}

async function drain(stage: Stage): Promise<void> {
  stage.timeline.chapter("The feeder stops; what is under way is finished");
  stage.feeder[Symbol.dispose]();
  const { total } = stage.feeder;
  await stage.bed.waitFor("every file to be processed", patienceMs, () => {
    return stage.countProcessed() >= total;
  });
  stage.timeline.say("does", `${total} files fed, ${stage.countProcessed()} results`);
}

// The next signal must be the expected one, and its mail must arrive.
async function signalAndMail(play: Play, name: SeenSignal["name"]): Promise<SeenSignal> {
  const { bed, signals } = play.stage;
  const index = play.told;
  const signal = await bed.waitFor(`signal ${name}`, patienceMs, () => signals[index]);
  if (signal.name !== name) throw new Error(`Expected the signal ${name}, got ${signal.name}`);
  await bed.waitFor(`the mail of ${name}`, patienceMs, () => bed.mailbox.mails.length > index);
  play.told += 1;
  return signal;
}

// Returns the instant at which the last channel was told to be STARTED.
async function everythingRunsOn(stage: Stage, role: "primary" | "backup"): Promise<number> {
  const server = serverIds[role];
  await stage.bed.waitFor(`both channels to run on ${server}`, patienceMs, () =>
    protectedChannels.every((each) => stage.runners.serversOf(each).join() === server),
  );
  const starts = protectedChannels.map((each) => stage.runners.lastStart(each, server));
  return Math.max(...starts.map((each) => each?.startedAtMs ?? 0));
}

// Waits until everything that was fed before is done, and some more.
async function work(stage: Stage): Promise<void> {
  const goal = stage.feeder.total + filesPerChapter;
  await stage.bed.waitFor(`${goal} files to be processed`, patienceMs, () => {
    return stage.countProcessed() >= goal;
  });
}

// The course of a drill: what it has seen so far, and what it wishes next. It never decides for a
// server: it asks as an operator does, and whatever else happens goes before it. Invariant: it
// ends, and before that it has asked for the channels back wherever its own takeover has them.

import { type ChannelSight, measureChannel, newSight, seeChannel } from "./drill-channels.ts";
import type { DrillPhaseName, DrillRecord } from "./drill-record.ts";
import { verdictOf } from "./drill-record.ts";
import { hasReturned, mustReturn } from "./drill-return.ts";
import { type DrillStage, type DrillView, whatIsWrong } from "./drill-trouble.ts";
import type { Moment } from "./server-event.ts";

/** What a drill wants done now. To be asked again until it is. */
export type DrillWish = "end_silence" | "fail_back";

/** A channel as one side tells it. */
export interface ChannelSeen {
  readonly name: string;
  /** STARTED, STOPPED, FAILED and so on. */
  readonly activity: string;
  /** Term it was started under. 0: none. */
  readonly term: bigint;
}

/** A drill under way. */
export interface DrillCourse {
  readonly record: DrillRecord;
  readonly stage: DrillStage;
  readonly stageBeganMs: number;
  readonly sights: readonly ChannelSight[];
}

export interface DrillStep {
  readonly course: DrillCourse;
  readonly wishes: readonly DrillWish[];
}

/** A drill that begins now, after its server was asked for a switchover or silenced. */
export function beginCourse(record: DrillRecord, moment: Moment): DrillCourse {
  const course: DrillCourse = {
    record,
    stage: record.kind === "silence" ? "detect" : "withdraw",
    stageBeganMs: moment.nowMs,
    sights: record.channels.map(({ name }) => newSight(name)),
  };
  return record.kind === "silence" ? course : beginPhase(course, "release", moment);
}

/** A drill of an earlier life of the monitor, which cannot be measured any more. */
export function resumeCourse(record: DrillRecord, moment: Moment): DrillCourse {
  const because = [...record.because, "The monitor was restarted in the middle of it"];
  return {
    record: { ...record, because },
    stage: "abandon",
    stageBeganMs: moment.nowMs,
    sights: record.channels.map(({ name }) => newSight(name)),
  };
}

/** What one side told of channels: only those that the drill is about count. */
export function seeChannels(
  course: DrillCourse,
  told: {
    side: "primary" | "backup";
    channels: readonly Pick<ChannelSeen, "name" | "activity">[];
    nowMs: number;
  },
): DrillCourse {
  const activities = new Map(told.channels.map(({ name, activity }) => [name, activity]));
  const { side, nowMs } = told;
  const sights = course.sights.map((sight) => {
    const activity = activities.get(sight.name);
    if (activity === undefined) return sight;
    return seeChannel(sight, { side, isStarted: activity === "STARTED", nowMs });
  });
  return { ...course, sights };
}

/** Goes on as far as what is seen allows. */
export function advanceCourse(course: DrillCourse, view: DrillView): DrillStep {
  if (course.record.state !== "running") return { course, wishes: [] };
  if (course.stage === "abandon") return abandon(course, view);
  const wrong = whatIsWrong(course, view);
  if (wrong === undefined) return goOn(course, view);
  const record = { ...course.record, because: [...course.record.because, wrong] };
  // Whoever did not come back in time is not waited for twice.
  const { stageBeganMs } = course.stage === "return" ? course : enter(course, "abandon", view);
  return abandon({ ...course, record, stage: "abandon", stageBeganMs }, view);
}

function goOn(course: DrillCourse, view: DrillView): DrillStep {
  const { server } = view;
  switch (course.stage) {
    case "withdraw":
      if (server.assignment !== "backup") return { course, wishes: [] };
      return goOn(
        beginPhase(enter(endPhase(course, "release", view), "start", view), "start", view),
        view,
      );
    case "detect":
      if (server.state !== "dead") return { course, wishes: [] };
      return goOn(beginPhase(enter(detected(course, view), "start", view), "start", view), view);
    case "start": {
      if (!view.isTakenOver) return { course, wishes: [] };
      const started = endPhase(course, "start", view);
      if (course.record.kind === "silence") return goOn(enter(started, "return", view), view);
      return goOn(beginPhase(enter(started, "handover", view), "handover", view), view);
    }
    case "return":
      if (server.state !== "live") return { course, wishes: ["end_silence"] };
      return goOn(beginPhase(enter(course, "handover", view), "handover", view), view);
    case "handover":
      if (server.assignment === "backup") return { course, wishes: ["fail_back"] };
      if (!view.isHome) return { course, wishes: [] };
      return { course: close(endPhase(course, "handover", view), view), wishes: [] };
    case "abandon":
      return abandon(course, view);
  }
}

// Something else has happened: the drill has failed, and ends when the channels are home, or are
// nobody's business of its own.
function abandon(course: DrillCourse, view: DrillView): DrillStep {
  const silenced: readonly DrillWish[] = view.isSilenced ? ["end_silence"] : [];
  const returned = hasReturned(course, view);
  if (returned === undefined) {
    const isTaken = mustReturn(course, view);
    return { course, wishes: isTaken ? [...silenced, "fail_back"] : silenced };
  }
  const because = [...course.record.because, ...(returned === "" ? [] : [returned])];
  const record = { ...course.record, because };
  return { course: close({ ...course, record }, view), wishes: silenced };
}

function enter(course: DrillCourse, stage: DrillStage, { nowMs }: Moment): DrillCourse {
  return { ...course, stage, stageBeganMs: nowMs };
}

function beginPhase(course: DrillCourse, name: DrillPhaseName, { wallMs }: Moment): DrillCourse {
  return setPhase(course, name, { startedWallMs: wallMs });
}

function endPhase(course: DrillCourse, name: DrillPhaseName, { nowMs }: Moment): DrillCourse {
  return setPhase(course, name, { tookMs: nowMs - course.stageBeganMs });
}

function detected(course: DrillCourse, { sinceGoodMs, wallMs }: DrillView): DrillCourse {
  const startedWallMs = wallMs - sinceGoodMs;
  return setPhase(course, "detection", { startedWallMs, tookMs: sinceGoodMs });
}

function setPhase(
  course: DrillCourse,
  name: DrillPhaseName,
  fields: { startedWallMs?: number; tookMs?: number },
): DrillCourse {
  const phases = course.record.phases.map((each) =>
    each.name === name ? { ...each, ...fields } : each,
  );
  return { ...course, record: { ...course.record, phases } };
}

function close(course: DrillCourse, { wallMs }: Moment): DrillCourse {
  const { record, sights } = course;
  const late = record.because.length > 0 ? [] : lateLines(record);
  const because = [...record.because, ...late];
  const state = because.length === 0 ? "passed" : "failed";
  const channels = sights.map(measureChannel);
  return { ...course, record: { ...record, state, because, channels, endedWallMs: wallMs } };
}

/** What took longer than its objective, or would, or is not known to keep it, each in one line. */
export function lateLines(record: DrillRecord): readonly string[] {
  return record.phases
    .filter((phase) => verdictOf(phase, record) === "failed")
    .map(({ name, tookMs, expectedMs, objectiveMs }) => {
      const objective = `the objective is ${inSeconds(objectiveMs ?? 0)}`;
      if (tookMs !== undefined) return `The ${name} took ${inSeconds(tookMs)}: ${objective}`;
      if (expectedMs === undefined) return `The ${name} was never measured: ${objective}`;
      return `The ${name} would take ${inSeconds(expectedMs)}: ${objective}`;
    });
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

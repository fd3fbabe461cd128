// Says in words what a step does, for TestFlow, GetRun and the log. The webhook's path and the
// command's arguments stay out of it: people put secrets there.

import type { FlowStep } from "../core/flow.ts";

/** A step for people. */
export interface StepDescription {
  /** The key of the step in a flow file. */
  readonly kind: "startChannels" | "stopChannels" | "email" | "webhook" | "command";
  /** Target, template, address or program. */
  readonly subject: string;
  /** Channels or recipients. */
  readonly names: readonly string[];
  /** What it does, in one line. */
  readonly description: string;
}

/** Describes one step. */
export function describeStep(step: FlowStep): StepDescription {
  switch (step.kind) {
    case "start_channels":
      return {
        kind: "startChannels",
        subject: step.target,
        names: step.names,
        description: `Start ${enumerate(step.names)} on ${step.target}, until all of them run`,
      };
    case "stop_channels":
      return {
        kind: "stopChannels",
        subject: step.target,
        names: step.names,
        description: `Stop ${enumerate(step.names)} on ${step.target}, until none of them runs`,
      };
    case "email":
      return {
        kind: "email",
        subject: step.template,
        names: [...step.to, ...step.cc],
        description: `Send the mail "${step.template}" to ${enumerate([...step.to, ...step.cc])}`,
      };
    case "webhook": {
      const { origin } = new URL(step.url);
      const description = `Post the signal to ${origin}, ${attempts(step.attemptsMax)}`;
      return { kind: "webhook", subject: origin, names: [], description };
    }
    case "command": {
      const program = step.command[0] ?? "";
      const description = `Run ${program}, ${attempts(step.attemptsMax)}`;
      return { kind: "command", subject: program, names: [], description };
    }
  }
}

function attempts(attemptsMax: number): string {
  return attemptsMax === 1 ? "once" : `at most ${attemptsMax} times until it succeeds`;
}

// "a", "a and b", "a, b and c".
function enumerate(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), names.at(-1)].filter((part) => part !== "").join(" and ");
}

// The command line of the demo and of `npm start`.

import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface StageArguments {
  readonly portBase: number;
  /** File for the figures, where there are figures. */
  readonly json: string | undefined;
}

const defaultPortBase = "7400";

/** Reads the command line. Undefined when it is wrong; then the reason has been printed. */
export function readArguments(
  usage: string,
  { hasFigures }: { hasFigures: boolean },
): StageArguments | undefined {
  try {
    const { values } = parseArgs({
      options: {
        "port-base": { type: "string", default: defaultPortBase },
        json: { type: "string" },
      },
    });
    if (values.json !== undefined && !hasFigures) throw new Error("Unknown option '--json'");
    const portBase = Number(values["port-base"]);
    // The highest port of the examples is 125 above their base.
    if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_410) {
      throw new Error("--port-base must be a number from 1024 to 65410");
    }
    return { portBase, json: values.json };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return undefined;
  }
}

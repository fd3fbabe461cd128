// `completion`: the script of a shell, and what the scripts ask while somebody types.

import { Argument } from "commander";
import { complete } from "../completion/complete.ts";
import { shellScripts } from "../completion/shell-scripts.ts";
import { misuse } from "../complaint.ts";
import { profileNames } from "../profile.ts";
import type { AddCommand } from "../program.ts";
import type { Services } from "../services.ts";
import type { Session } from "../session.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";

/** Nobody waits longer for what a key should offer. */
const quickMs = 500;

export const addCompletion: AddCommand = (program, run) => {
  program
    .command("completion")
    .description("a script for your shell: source <(hot-backup completion bash)")
    .addArgument(new Argument("<shell>", "which one").choices([...shellScripts.keys()]))
    .action((shell: string) => run((session) => tellScript(session, shell)));
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: readonly string[]) =>
      run(async ({ services, output, surroundings }) => {
        const servers = () => serverNames(services);
        const profiles = () => profileNames(surroundings.environment);
        output.lines(await complete(program, words, { servers, profiles }));
        return undefined;
      }),
    );
};

async function tellScript({ output }: Session, shell: string): Promise<undefined> {
  const script = shellScripts.get(shell);
  if (script === undefined)
    throw misuse(`There is no script for ${shell}`, "use bash, zsh or fish");
  output.lines([script]);
}

// Those of the profile, and those that the monitor watches if it answers at once.
async function serverNames({ profile, monitor }: Services): Promise<readonly string[]> {
  const named = [...profile.channels.keys()];
  try {
    const options = { what: "Cannot list the servers", deadlineMs: quickMs };
    const page = { pageSize: 1000, pageToken: "" };
    const { servers } = await call(monitor.listServers.bind(monitor), page, options);
    return [...new Set([...named, ...servers.map((each) => each.serverId)])];
  } catch {
    // Whoever types is not told of it: the words that are known are offered.
    return named;
  }
}

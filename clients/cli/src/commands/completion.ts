// `completion`: the script of a shell, and what the scripts ask while somebody types.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Argument } from "commander";
import { complete } from "../completion/complete.ts";
import { shellScripts } from "../completion/shell-scripts.ts";
import { misuse } from "../complaint.ts";
import { profileNames } from "../profile.ts";
import type { AddCommand } from "../program.ts";
import { exitCodes } from "../exit-code.ts";
import type { Services } from "../services.ts";
import type { Session } from "../session.ts";

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
        const offer = await complete(program, words, {
          servers: () => serverNames(services),
          watched: () => watchedServers(services),
          profiles: () => profileNames(surroundings.environment),
        });
        output.lines(offer.words);
        // Nothing to say is no invitation to name a file.
        const isAnswered = offer.words.length > 0 || offer.takesFiles;
        return isAnswered ? exitCodes.done : exitCodes.failed;
      }),
    );
};

async function tellScript({ output }: Session, shell: string): Promise<undefined> {
  const script = shellScripts.get(shell);
  if (script === undefined)
    throw misuse(`There is no script for ${shell}`, "use bash, zsh or fish");
  output.lines([script]);
}

// Those of the profile, and those that are watched.
async function serverNames(services: Services): Promise<readonly string[]> {
  const watched = (await watchedServers(services)) ?? [];
  return [
    ...new Set([...services.profile.channels.keys(), ...watched.map((each) => each.serverId)]),
  ];
}

// Whoever types is not told which monitor is away: what is known is offered.
async function watchedServers({ monitors }: Services): Promise<readonly Server[] | undefined> {
  const options = { what: "Cannot list the servers", deadlineMs: quickMs };
  const page = { pageSize: 1000, pageToken: "" };
  try {
    const answers = await Promise.all(
      monitors.map(({ client }) => call(client.listServers.bind(client), page, options)),
    );
    return answers.flatMap(({ servers }) => servers);
  } catch {
    return undefined;
  }
}

// `channels deploy`: gives the definitions of a file to a channels service.

import {
  type FileDefinition,
  readDefinitions,
  usualActivation,
} from "@hot-backup/client/definition-file.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Channel } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { InvalidArgumentError } from "commander";
import { chooseServer, printChannels } from "../channels.ts";
import { misuse } from "../complaint.ts";
import { reasonOption, serverOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import { decidingMs } from "../services.ts";
import type { Session } from "../session.ts";

/** What was asked for. */
interface DeployOptions {
  readonly server?: string;
  readonly only?: readonly string[];
  readonly base?: string;
  readonly reason?: string;
}

export const addDeploy: AddCommand = (group, run) => {
  group
    .command("deploy")
    .description("deploy the channels of a definition file; what is equal is left alone")
    .argument("<file>", "a YAML file with channels, as the channels service itself reads them")
    .addOption(serverOption())
    .option("--only <names...>", "only these channels of the file")
    .option("--base <folder>", "folder of the server where relative folders begin", parseFolder)
    .addOption(reasonOption())
    .action((file: string, options: DeployOptions) =>
      run((session) => deploy(session, file, options)),
    );
};

function parseFolder(text: string): string {
  if (text.startsWith("/")) return text;
  throw new InvalidArgumentError("It must be an absolute path on the server.");
}

// One after the other: a file with a mistake stops at it, and repeating it goes on from there.
async function deploy(session: Session, file: string, options: DeployOptions): Promise<undefined> {
  const { services, output } = session;
  const server = chooseServer(services, options.server);
  const definitions = choose(readDefinitions(file, options.base), options.only);
  const client = services.channels(server);
  const deployed: Channel[] = [];
  for (const { definition, activation } of definitions) {
    const request = {
      definition,
      activation: activation ?? usualActivation(definition.protectedBy, server),
      actor: session.actor(options.reason ?? ""),
    };
    const what = `Cannot deploy ${definition.name} on ${server}`;
    const method = client.deployChannel.bind(client);
    const { channel } = await call(method, request, { what, deadlineMs: decidingMs });
    if (channel !== undefined) deployed.push(channel);
  }
  if (output.isJson) output.document({ channels: deployed.map((each) => Channel.toJSON(each)) });
  else output.lines(printChannels(server, deployed, output.paint));
}

function choose(
  all: readonly FileDefinition[],
  only: readonly string[] | undefined,
): readonly FileDefinition[] {
  if (only === undefined) return all;
  const names = all.map(({ definition }) => definition.name);
  const missing = only.filter((each) => !names.includes(each));
  if (missing.length === 0) return all.filter(({ definition }) => only.includes(definition.name));
  throw misuse(
    `Cannot deploy ${missing.join(", ")}: the file does not define it`,
    `it defines: ${names.join(", ")}`,
  );
}

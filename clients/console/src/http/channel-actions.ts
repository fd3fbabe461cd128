// What an operator has done with the channels of one server, without an order: protected channels
// stay where their monitor wants them.

import { parseDefinitions, usualActivation } from "@hot-backup/client/definition-file.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Actor } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { z } from "zod";
import { pick } from "../clients.ts";
import { toChannelResultView, toChannelView } from "../convert/channel-view.ts";
import type { DeployedView, ResultsView, UndeployedView } from "../view/action.ts";
import type { ChannelView } from "../view/channel.ts";
import { tellAction } from "./audit.ts";
import { decideWithinMs, orderWithinMs } from "./deadlines.ts";
import type { App, Asked, Workplace } from "./env.ts";
import { operatorsOnly, personOf } from "./guards.ts";
import { channelName, channelNames, readBody, readServer, reason } from "./input.ts";
import { DefinitionRefused, lineOf } from "./problem.ts";

const bodies = {
  names: z.strictObject({ reason, names: channelNames }),
  deploy: z.strictObject({ reason, yaml: z.string("must be a definition file") }),
  undeploy: z.strictObject({ reason, name: channelName }),
};

/** Whose channels are meant. */
interface AskedChannels {
  readonly server: string;
  readonly channels: ChannelServiceClient;
}

export function addChannelActions(app: App, workplace: Workplace): void {
  const { log } = workplace;
  app.post("/api/channels/:server/:wish{start|stop}", operatorsOnly, async (asked) => {
    const { server, channels } = askedChannels(asked, workplace);
    const { names, reason: why } = await readBody(asked, bodies.names);
    const { name } = personOf(asked);
    const actor = { name, reason: why };
    const isStart = asked.req.param("wish") === "start";
    const options = {
      what: `Cannot ${isStart ? "start" : "stop"} channels of ${server}`,
      deadlineMs: orderWithinMs,
    };
    const action = isStart ? "start channels" : "stop channels";
    const told = { name, action, subject: `${server}: ${names.join(" ")}` };
    const { results } = await tellAction(log, told, () => {
      if (!isStart) {
        const request = { names, order: undefined, actor };
        return call(channels.stopChannels.bind(channels), request, options);
      }
      const request = { names, order: undefined, actor, override: undefined };
      return call(channels.startChannels.bind(channels), request, options);
    });
    return asked.json({ results: results.map(toChannelResultView) } satisfies ResultsView);
  });
  app.post("/api/channels/:server/deploy", operatorsOnly, async (asked) => {
    const target = askedChannels(asked, workplace);
    const { yaml, reason: why } = await readBody(asked, bodies.deploy);
    const { name } = personOf(asked);
    const told = { name, action: "deploy channels", subject: target.server };
    const deployed = await tellAction(log, told, () =>
      deploy(target, { yaml, actor: { name, reason: why }, nowMs: workplace.nowMs }),
    );
    return asked.json({ channels: deployed } satisfies DeployedView);
  });
  app.post("/api/channels/:server/undeploy", operatorsOnly, async (asked) => {
    const { server, channels } = askedChannels(asked, workplace);
    const { name: channel, reason: why } = await readBody(asked, bodies.undeploy);
    const { name } = personOf(asked);
    const request = { name: channel, actor: { name, reason: why } };
    const what = `Cannot undeploy ${channel} from ${server}`;
    const told = { name, action: "undeploy channel", subject: `${server}: ${channel}` };
    await tellAction(log, told, () =>
      call(channels.undeployChannel.bind(channels), request, { what, deadlineMs: orderWithinMs }),
    );
    return asked.json({ name: channel } satisfies UndeployedView);
  });
}

function askedChannels(asked: Asked, { clients }: Workplace): AskedChannels {
  const server = readServer(asked, "server");
  return { server, channels: pick(clients.channels, { service: "channels", server }) };
}

// One after the other: a file with a mistake stops at it, and repeating it goes on from there.
async function deploy(
  { server, channels }: AskedChannels,
  given: { yaml: string; actor: Actor; nowMs: () => number },
): Promise<ChannelView[]> {
  const { yaml, actor, nowMs } = given;
  const method = channels.deployChannel.bind(channels);
  const deployed: ChannelView[] = [];
  for (const { definition, activation, locate } of parseDefinitions(yaml, "definitions")) {
    const request = {
      definition,
      activation: activation ?? usualActivation(definition.protectedBy, server),
      actor,
    };
    const what = `Cannot deploy ${definition.name} on ${server}`;
    const options = { what, deadlineMs: decideWithinMs };
    const { channel } = await call(method, request, options).catch((error: unknown) => {
      throw withLines(error, locate);
    });
    if (channel === undefined) throw new Error(`${what}: the answer has no channel`);
    deployed.push(toChannelView(channel, { toldBy: server, heardAtMs: nowMs() }));
  }
  return deployed;
}

// What a service finds wrong is told with the line of the text that it is about.
function withLines(error: unknown, locate: (field: string) => string): unknown {
  if (!(error instanceof CallFailed) || error.violations.length === 0) return error;
  const violations = error.violations.map(({ field, description }) => ({
    field,
    description,
    line: lineOf(locate(field)),
  }));
  return new DefinitionRefused(error, violations);
}

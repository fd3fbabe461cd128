// The streams: what is known and changes, and the output of one channel. Each is bounded, ends with
// the session, and closes what it has opened upstream.

import { follow } from "@hot-backup/client/follow.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { z } from "zod";
import { pick } from "../clients.ts";
import { toLogLineView } from "../convert/channel-view.ts";
import { type EventStream, openEventStream } from "../event-stream.ts";
import { pagesMax } from "../newscast.ts";
import type { LogEvent } from "../view/channel.ts";
import type { App, Asked, Workplace } from "./env.ts";
import { personOf } from "./guards.ts";
import { readQuery, readServer } from "./input.ts";
import { Places } from "./places.ts";
import { toProblem } from "./problem.ts";
import { findPerson, type SignIn } from "./session-routes.ts";

/** Logs that are followed at once. */
const logsMax = 50;

/** So often a log without new lines shows that it is still followed. */
const logBeatMs = 1000;

/** Between two looks whether whoever reads a stream may still do so. */
const lookEveryMs = 5000;

/** How long a reader may take for what waits when its stream has ended. */
const leaveWithinMs = 5000;

const logQuery = z.strictObject({ lines: z.coerce.number().int().min(1).max(10_000).default(200) });

export function addStreamRoutes(app: App, workplace: Workplace, signIn: SignIn): void {
  const { newscast, log } = workplace;
  const openFor = (asked: Asked) => openStream(asked, { stop: workplace.stop, signIn });
  const pages = new Places(pagesMax);
  app.get("/api/events", (asked) => {
    const { name } = personOf(asked);
    if (!pages.makeRoom(name)) throw tooMany("pages", pagesMax);
    const stream = openFor(asked);
    pages.take(name, stream);
    newscast.join(stream);
    stream.onEnd((why) => {
      if (why === "slow") log.warn({ name }, "A slow page was cut");
    });
    return answer(asked, stream);
  });
  const logs = new Places(logsMax);
  app.get("/api/channels/:server/:name/log", (asked) => {
    const server = readServer(asked, "server");
    const { lines: tailLines } = readQuery(asked, logQuery);
    const channels = pick(workplace.clients.channels, { service: "channels", server });
    const { name: reader } = personOf(asked);
    if (!logs.makeRoom(reader)) throw tooMany("logs", logsMax);
    const stream = openFor(asked);
    logs.take(reader, stream);
    const ended = new AbortController();
    stream.onEnd(() => ended.abort());
    const send = (event: LogEvent) => stream.send(JSON.stringify(event));
    const beat = setInterval(() => send({ lines: [] }), logBeatMs);
    const name = asked.req.param("name");
    const what = `Cannot read the log of ${name} on ${server}`;
    void follow(channels.readChannelLog({ name, tailLines, follow: true }), {
      what,
      stop: ended.signal,
      onData: ({ lines }) => send({ lines: lines.map(toLogLineView) }),
    })
      .catch((error: unknown) => stream.send(JSON.stringify({ problem: toProblem(error)?.view })))
      .finally(() => {
        clearInterval(beat);
        stream.end();
      });
    return answer(asked, stream);
  });
}

/** A stream that ends with the session, with a certificate's trust, and with the gateway. */
function openStream(
  asked: Asked,
  { stop, signIn }: { stop: AbortSignal; signIn: SignIn },
): EventStream {
  const stream = openEventStream();
  const { name } = personOf(asked);
  const end = () => stream.end();
  const timer = setInterval(() => {
    if (findPerson(asked, signIn)?.name !== name) end();
  }, lookEveryMs);
  stop.addEventListener("abort", end, { once: true });
  stream.onEnd((why) => {
    clearInterval(timer);
    stop.removeEventListener("abort", end);
    const { outgoing } = asked.env;
    if (why === "slow" || why === "displaced") outgoing.destroy();
    if (outgoing.closed) return;
    const late = setTimeout(() => outgoing.destroy(), leaveWithinMs);
    outgoing.once("close", () => clearTimeout(late));
  });
  return stream;
}

function answer(asked: Asked, stream: EventStream): Response {
  return asked.body(stream.body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies that gather answers would gather this one for ever.
    "x-accel-buffering": "no",
  });
}

function tooMany(what: string, max: number): Failure {
  const message = `Cannot open another stream: ${max} ${what} are open`;
  return new Failure("exhausted", { message, reason: "TOO_MANY_PAGES" });
}

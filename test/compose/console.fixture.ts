// The console of a stack as a browser of this machine reaches it: over TLS, by one of its origins.

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { z } from "zod";

/** What the configuration in deploy/config says; the port of this run is another. */
const origin = "https://localhost:7500";

const answerWithinMs = 30_000;

/** A person in front of the page. */
export interface Visitor {
  get(path: string): Promise<Page>;
  /** Asks as the page does, with its header. */
  post(path: string, body: object): Promise<Page>;
}

export interface Page {
  readonly status: number;
  readonly text: string;
}

const signedIn = z.object({ person: z.object({ role: z.literal("operator") }) });

/** Opens the page at host:port and signs in. */
export async function visit(
  address: string,
  trust: { readonly authority: Buffer; readonly token: string },
): Promise<Visitor> {
  const cookies: string[] = [];
  const ask = async (path: string, body?: object): Promise<Page> => {
    const asked = request(`https://${address}${path}`, {
      method: body === undefined ? "GET" : "POST",
      ca: trust.authority,
      servername: "localhost",
      timeout: answerWithinMs,
      headers: {
        host: new URL(origin).host,
        cookie: cookies.join("; "),
        ...(body && { origin, "content-type": "application/json", "x-hot-backup-console": "1" }),
      },
    });
    asked.once("timeout", () => asked.destroy(new Error(`No answer to ${path}`)));
    asked.end(body && JSON.stringify(body));
    const [answer]: IncomingMessage[] = await once(asked, "response");
    if (answer === undefined) throw new Error(`No answer to ${path}`);
    for (const each of answer.headers["set-cookie"] ?? []) cookies.push(each.split(";")[0] ?? "");
    return { status: answer.statusCode ?? 0, text: await text(answer) };
  };
  const { text: session } = await ask("/api/sign-in", { token: trust.token });
  signedIn.parse(JSON.parse(session));
  return { get: (path) => ask(path), post: ask };
}

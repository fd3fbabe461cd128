// Sessions: a cookie says who somebody is and until when, signed with a key of this process. Only
// those that were ended before their time are remembered. A restart of the gateway ends them all.

import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { PersonView } from "./view/session.ts";

const claims = z.strictObject({
  sessionId: z.string(),
  name: z.string(),
  role: z.enum(["operator", "reader"]),
  untilAtMs: z.number(),
  untilMs: z.number(),
});
type Claims = z.infer<typeof claims>;

/** Sessions that were ended and are remembered: more than anybody ends before they are over. */
const endedMax = 10_000;

/** Signs and reads cookies. */
export class Sessions {
  readonly #key = randomBytes(32);
  readonly #lengthMs: number;
  readonly #wallMs: () => number;
  readonly #nowMs: () => number;
  /** When sessions that were ended would have been over, by their ids. */
  readonly #ended = new Map<string, number>();

  constructor(options: { lengthMs: number; wallMs: () => number; nowMs: () => number }) {
    this.#lengthMs = options.lengthMs;
    this.#wallMs = options.wallMs;
    this.#nowMs = options.nowMs;
  }

  /** The value of a cookie for somebody who has signed in, and who that is. */
  begin(who: Pick<PersonView, "name" | "role">): { readonly cookie: string; person: PersonView } {
    const untilAtMs = this.#wallMs() + this.#lengthMs;
    // A wall clock that is set back must not make a session longer.
    const untilMs = this.#nowMs() + this.#lengthMs;
    const { name, role } = who;
    const sessionId = randomUUID();
    const text = JSON.stringify({ sessionId, name, role, untilAtMs, untilMs } satisfies Claims);
    const payload = Buffer.from(text).toString("base64url");
    const cookie = `${payload}.${this.#sign(payload).toString("base64url")}`;
    return { cookie, person: { name, role, by: "token", untilAtMs } };
  }

  /** Who shows this cookie. Undefined: nobody for whom this process vouches, or no more. */
  read(cookie: string): PersonView | undefined {
    const found = this.#find(cookie);
    if (found === undefined) return undefined;
    const { name, role, untilAtMs } = found;
    return { name, role, by: "token", untilAtMs };
  }

  /** From now on nobody is known by this cookie, whoever may have a copy of it. */
  end(cookie: string): void {
    const found = this.#find(cookie);
    if (found === undefined) return;
    const nowMs = this.#nowMs();
    for (const [sessionId, untilMs] of this.#ended) {
      if (untilMs <= nowMs || this.#ended.size >= endedMax) this.#ended.delete(sessionId);
    }
    this.#ended.set(found.sessionId, found.untilMs);
  }

  #find(cookie: string): Claims | undefined {
    const [payload = "", signature = "", ...rest] = cookie.split(".");
    if (rest.length > 0) return undefined;
    const shown = Buffer.from(signature, "base64url");
    const own = this.#sign(payload);
    if (shown.length !== own.length || !timingSafeEqual(shown, own)) return undefined;
    const found = claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    const isOver = found.untilAtMs <= this.#wallMs() || found.untilMs <= this.#nowMs();
    return isOver || this.#ended.has(found.sessionId) ? undefined : found;
  }

  #sign(payload: string): Buffer {
    return createHmac("sha256", this.#key).update(payload).digest();
  }
}

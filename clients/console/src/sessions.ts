// Sessions without a memory: a cookie says who somebody is and until when, signed with a key of
// this process. A restart of the gateway ends them all.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { PersonView } from "./view/session.ts";

const claims = z.strictObject({
  name: z.string(),
  role: z.enum(["operator", "reader"]),
  untilAtMs: z.number(),
});

/** Signs and reads cookies. */
export class Sessions {
  readonly #key = randomBytes(32);
  readonly #lengthMs: number;
  readonly #wallMs: () => number;

  constructor(options: { lengthMs: number; wallMs: () => number }) {
    this.#lengthMs = options.lengthMs;
    this.#wallMs = options.wallMs;
  }

  /** The value of a cookie for somebody who has signed in, and who that is. */
  begin(who: Pick<PersonView, "name" | "role">): { readonly cookie: string; person: PersonView } {
    const untilAtMs = this.#wallMs() + this.#lengthMs;
    const { name, role } = who;
    const text = JSON.stringify({ name, role, untilAtMs });
    const payload = Buffer.from(text).toString("base64url");
    const cookie = `${payload}.${this.#sign(payload).toString("base64url")}`;
    return { cookie, person: { name, role, by: "token", untilAtMs } };
  }

  /** Who shows this cookie. Undefined: nobody for whom this process vouches, or no more. */
  read(cookie: string): PersonView | undefined {
    const [payload = "", signature = "", ...rest] = cookie.split(".");
    if (rest.length > 0) return undefined;
    const shown = Buffer.from(signature, "base64url");
    const own = this.#sign(payload);
    if (shown.length !== own.length || !timingSafeEqual(shown, own)) return undefined;
    const { name, role, untilAtMs } = claims.parse(
      JSON.parse(Buffer.from(payload, "base64url").toString("utf8")),
    );
    return untilAtMs > this.#wallMs() ? { name, role, by: "token", untilAtMs } : undefined;
  }

  #sign(payload: string): Buffer {
    return createHmac("sha256", this.#key).update(payload).digest();
  }
}

// Who looks at the page: signs in with a token, or has shown a certificate, or is nobody in
// particular.

import { TLSSocket } from "node:tls";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import { judge } from "@hot-backup/kit/tls-peer.ts";
import type { MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { AttemptLimit } from "../attempt-limit.ts";
import type { User } from "../config.ts";
import type { Sessions } from "../sessions.ts";
import { findByToken, tokenCharactersMax } from "../token.ts";
import type { PersonView, SessionView } from "../view/session.ts";
import type { App, Asked, Env, Workplace } from "./env.ts";
import { readBody } from "./input.ts";

/** How people are told apart here. */
export interface SignIn {
  readonly users: readonly User[];
  readonly sessions: Sessions;
  /** Cookies do not know ports: gateways on one machine must not take each other's. */
  readonly cookieName: string;
  readonly isHttps: boolean;
  /** Judges certificates of people. Undefined: they are not asked for. */
  readonly tls: Tls | undefined;
  readonly mayLookUnnamed: boolean;
  readonly version: string;
}

/** Says for every request who asks. */
export function identify(signIn: SignIn): MiddlewareHandler<Env> {
  return async (asked, next) => {
    const person = findPerson(asked, signIn);
    asked.set("person", person);
    if (person !== undefined) asked.env.keep();
    await next();
  };
}

/** Who asks, as of now. Undefined: nobody whom we know, or no more. */
export function findPerson(asked: Asked, signIn: SignIn): PersonView | undefined {
  const cookie = getCookie(asked, signIn.cookieName);
  const bySession = cookie === undefined ? undefined : signIn.sessions.read(cookie);
  if (bySession !== undefined) return bySession;
  const byCertificate = signIn.tls && findByCertificate(asked, signIn.tls);
  if (byCertificate !== undefined || !signIn.mayLookUnnamed) return byCertificate;
  return { name: "anonymous", role: "reader", by: "anonymous", untilAtMs: undefined };
}

// Judged with every request, so that one that is revoked is nobody's at once.
function findByCertificate(asked: Asked, tls: Tls): PersonView | undefined {
  const { socket } = asked.env.incoming;
  if (!(socket instanceof TLSSocket)) return undefined;
  const verdict = judge(socket, tls.material());
  if (verdict.kind !== "known" || verdict.peer.identity.kind === "service") return undefined;
  const { name, kind } = verdict.peer.identity;
  return { name, role: kind, by: "certificate", untilAtMs: undefined };
}

const signInBody = z.strictObject({
  token: z.string("must be a token").min(1, "must be a token").max(tokenCharactersMax),
});

/** Routes of the session; they answer whoever asks. */
export function addSessionRoutes(app: App, workplace: Workplace, signIn: SignIn): void {
  const { log, nowMs } = workplace;
  const limit = new AttemptLimit(nowMs);
  app.get("/api/session", (asked) => asked.json(viewOf(asked.get("person"), signIn)));
  app.post("/api/sign-in", async (asked) => {
    const address = asked.env.incoming.socket.remoteAddress ?? "";
    const { token } = await readBody(asked, signInBody);
    const user = findByToken(signIn.users, token.trim());
    // Whoever has a token gets in, however many guess from behind the same address.
    if (user === undefined) {
      if (!limit.mayTry(address)) {
        const message = "Cannot sign in: too many attempts have failed in the last minute";
        throw new Failure("exhausted", { message, reason: "TOO_MANY_ATTEMPTS" });
      }
      limit.noteFailure(address);
      log.warn({ address }, "Nobody has this token");
      const message = "Cannot sign in: nobody has this token";
      throw new Failure("unauthenticated", { message, reason: "WRONG_TOKEN" });
    }
    const { cookie, person } = signIn.sessions.begin(user);
    setCookie(asked, signIn.cookieName, cookie, {
      httpOnly: true,
      sameSite: "Strict",
      secure: isOverTls(asked, signIn),
      path: "/",
      expires: new Date(person.untilAtMs ?? 0),
    });
    log.info({ name: user.name, role: user.role, address }, "Signed in");
    return asked.json(viewOf(person, signIn));
  });
  app.post("/api/sign-out", (asked) => {
    const secure = isOverTls(asked, signIn);
    const cookie = getCookie(asked, signIn.cookieName);
    if (cookie !== undefined) signIn.sessions.end(cookie);
    const own = { path: "/", secure, sameSite: "Strict", httpOnly: true } as const;
    deleteCookie(asked, signIn.cookieName, own);
    return asked.json(viewOf(undefined, signIn));
  });
}

// Also where a proxy ends TLS: then the page says so.
function isOverTls(asked: Asked, { isHttps }: SignIn): boolean {
  return isHttps || asked.req.header("origin")?.startsWith("https:") === true;
}

function viewOf(person: PersonView | undefined, { users, tls, version }: SignIn): SessionView {
  const ways = [
    ...(users.length > 0 ? (["token"] as const) : []),
    ...(tls === undefined ? [] : (["certificate"] as const)),
  ];
  return { person, version, ways };
}

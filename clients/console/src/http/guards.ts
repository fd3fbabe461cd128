// What stands before every handler: from where a request may come, who may ask, and how much it may
// bring.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { MiddlewareHandler } from "hono";
import type { PersonView } from "../view/session.ts";
import type { Asked, Env } from "./env.ts";

type Guard = MiddlewareHandler<Env>;

/** The origins from which pages are opened, and so the hosts that requests may name. */
export type Origins = readonly string[];

/**
 * Refuses requests for other hosts: a page of a stranger whose name leads to this machine (DNS
 * rebinding) names its own.
 */
export function checkHost(origins: Origins): Guard {
  const hosts = new Set(origins.map((each) => new URL(each).host));
  return async (asked, next) => {
    const host = asked.req.header("host") ?? "";
    if (!hosts.has(host)) {
      throw refusal("denied", "OTHER_HOST", `it is for the host "${host.slice(0, 100)}"`);
    }
    await next();
  };
}

/** A header that pages of other origins cannot send without asking first, which is not allowed. */
const ownHeader = "x-hot-backup-console";

/** Refuses what a page of another origin asks for. */
export function checkOrigin(origins: Origins): Guard {
  return async (asked, next) => {
    const { req } = asked;
    // Browsers say it; what says nothing is no browser, and has no cookie of somebody.
    const site = req.header("sec-fetch-site") ?? "same-origin";
    if (site !== "same-origin" && site !== "none") {
      throw refusal("denied", "OTHER_ORIGIN", "a page of another origin asks for it");
    }
    if (req.method !== "GET") {
      const origin = req.header("origin") ?? "";
      if (!origins.includes(origin)) {
        throw refusal("denied", "OTHER_ORIGIN", `it comes from "${origin.slice(0, 100)}"`);
      }
      if (req.header(ownHeader) === undefined) {
        throw refusal("denied", "NOT_FROM_PAGE", `it has no header ${ownHeader}`);
      }
      const type = req.header("content-type")?.split(";")[0]?.trim();
      if (type !== "application/json") {
        throw refusal("denied", "NOT_FROM_PAGE", "its content-type is not application/json");
      }
    }
    await next();
  };
}

/** Lets only those on whom we know. */
export const signedIn: Guard = async (asked, next) => {
  personOf(asked);
  await next();
};

/** Lets only operators on. */
export const operatorsOnly: Guard = async (asked, next) => {
  const { name, role } = personOf(asked);
  if (role !== "operator") {
    throw refusal("denied", "READER_ONLY", `"${name}" may look and change nothing`);
  }
  await next();
};

/** Who asks. Throws NOT_SIGNED_IN for nobody. */
export function personOf(asked: Asked): PersonView {
  const person = asked.get("person");
  if (person !== undefined) return person;
  throw refusal("unauthenticated", "NOT_SIGNED_IN", "nobody has signed in");
}

function refusal(kind: "denied" | "unauthenticated", reason: string, why: string): Failure {
  return new Failure(kind, { reason, message: `Cannot take the request: ${why}` });
}

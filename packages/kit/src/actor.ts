// Who is told in the history: an operator with a certificate is called what the certificate says,
// and can be nobody else. Services may pass on whom they had it from, and so does a console.

import { Failure } from "./errors.ts";
import type { Identity } from "./identity.ts";

/** The request with the operator's own name as its actor. Throws for the name of somebody else. */
export function nameActor(request: unknown, identity: Identity | undefined): unknown {
  if (identity === undefined || identity.kind === "service") return request;
  if (typeof request !== "object" || request === null || !("actor" in request)) return request;
  const { actor } = request;
  const given = typeof actor === "object" && actor !== null && "name" in actor ? actor.name : "";
  if (given !== "" && given !== identity.name) {
    throw new Failure("denied", {
      message: `Cannot act as "${String(given)}": the certificate is of "${identity.name}"`,
      reason: "OTHER_ACTOR",
    });
  }
  const reason = "";
  return { ...request, actor: { reason, ...(actor ?? undefined), name: identity.name } };
}

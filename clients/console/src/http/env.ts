// What every handler of the gateway has at hand.

import type { HttpBindings } from "@hono/node-server";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { Context, Hono } from "hono";
import type { Clients } from "../clients.ts";
import type { Newscast } from "../newscast.ts";
import type { PersonView } from "../view/session.ts";

/** What a request comes with. */
interface Bindings extends HttpBindings {
  /** Somebody whom we know asks: the connection is in use until the answer is over. */
  readonly keep: () => void;
}

export interface Env {
  Bindings: Bindings;
  Variables: {
    /** Who asks. Undefined: nobody whom we know. */
    person: PersonView | undefined;
  };
}

export type App = Hono<Env>;
export type Asked<Path extends string = string> = Context<Env, Path>;

/** What handlers work with. */
export interface Workplace {
  readonly clients: Clients;
  readonly newscast: Newscast;
  readonly log: Logger;
  /** The gateway's monotonic clock. */
  readonly nowMs: () => number;
  /** Aborts when the gateway stops. */
  readonly stop: AbortSignal;
}

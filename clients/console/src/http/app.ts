// The gateway as one function from a request to an answer. It keeps nothing between two requests.

import { Failure } from "@hot-backup/kit/errors.ts";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { addChannelActions } from "./channel-actions.ts";
import { addDrillRoutes } from "./drill-routes.ts";
import type { App, Env, Workplace } from "./env.ts";
import { checkHost, checkOrigin, type Origins, signedIn } from "./guards.ts";
import { secureHeaders } from "./headers.ts";
import { bodyBytesMax } from "./input.ts";
import { addMailRoutes } from "./mail-routes.ts";
import { addMonitorRoutes } from "./monitor-routes.ts";
import { type PageFiles, servePage } from "./page-files.ts";
import { bug, toProblem } from "./problem.ts";
import { addServerActions } from "./server-actions.ts";
import { addSessionRoutes, identify, type SignIn } from "./session-routes.ts";
import { addStreamRoutes } from "./stream-routes.ts";

/** What the gateway is made of. */
export interface AppParts {
  readonly workplace: Workplace;
  readonly signIn: SignIn;
  readonly origins: Origins;
  readonly files: PageFiles;
}

export function createApp({ workplace, signIn, origins, files }: AppParts): App {
  const app: App = new Hono<Env>();
  app.onError((error, asked) => {
    const problem = toProblem(error);
    if (problem === undefined) workplace.log.error({ err: error }, "A request failed");
    const { view, httpStatus } = problem ?? bug;
    return asked.json(view, httpStatus);
  });
  app.notFound((asked) => {
    const message = "Cannot find that: no such path";
    const failure = new Failure("not_found", { message, reason: "UNKNOWN_PATH" });
    const { view, httpStatus } = toProblem(failure) ?? bug;
    return asked.json(view, httpStatus);
  });
  app.use(secureHeaders(signIn), checkHost(origins));
  app.use("/api/*", checkOrigin(origins), limitBody(), identify(signIn));
  addSessionRoutes(app, workplace, signIn);
  app.use("/api/*", signedIn);
  addStreamRoutes(app, workplace, signIn);
  addMonitorRoutes(app, workplace);
  addServerActions(app, workplace);
  addDrillRoutes(app, workplace);
  addChannelActions(app, workplace);
  addMailRoutes(app, workplace);
  app.use(servePage(files));
  return app;
}

function limitBody() {
  return bodyLimit({
    maxSize: bodyBytesMax,
    onError: () => {
      const message = `Cannot take the request: its body has more than ${bodyBytesMax} bytes`;
      throw new Failure("invalid_input", { message, reason: "BODY_TOO_LARGE" });
    },
  });
}

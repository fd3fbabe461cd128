// Tells in the log who had what done, and how it went. The services keep their own history.

import { CallFailed, Failure } from "@hot-backup/kit/errors.ts";
import type { Logger } from "@hot-backup/kit/log.ts";

/** Does the work and tells of it, whichever way it ends. */
export async function tellAction<Result>(
  log: Logger,
  told: { readonly name: string; readonly action: string; readonly subject: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    log.info(told, "Done for an operator");
    return result;
  } catch (error) {
    const isRefusal = error instanceof CallFailed || error instanceof Failure;
    const reason = isRefusal ? error.reason : "BUG";
    log.warn({ ...told, reason }, "Not done for an operator");
    throw error;
  }
}

// Applies the definitions of files to what is stored, before the service begins. What an RPC has
// changed since a file was applied stays, until the file says something else.

import { Failure } from "@hot-backup/kit/errors.ts";
import { withDigest } from "./core/deploy.ts";
import { changeBetween } from "./core/durable.ts";
import type { State } from "./core/state.ts";
import { step } from "./core/step.ts";
import type { Config } from "./config.ts";
import type { Store } from "./ports.ts";

/**
 * The state with every new or changed file definition in it; all of it stored. Throws a Failure
 * when one cannot be deployed beside what is there.
 */
export function deployFiles(
  initial: State,
  options: { definitions: Config["definitions"]; store: Store; bootMs: number; wallMs: number },
): State {
  const { store, bootMs, wallMs } = options;
  const applied = store.loadFileDigests();
  let state = initial;
  for (const { definition, activation, digest, fileDigest } of options.definitions) {
    if (applied.get(definition.name) === fileDigest) {
      // An earlier version made other digests of it, which servers of this one would not know.
      state = save(store, state, withDigest(state, { definition, digest }));
      continue;
    }
    const type = "channel_deployed" as const;
    // Nothing runs yet, and nothing may: the effects are those of a service that is not there.
    const quiet = { ...state, isStopping: true };
    const after = step(quiet, { type, definition, digest, activation, bootMs, wallMs });
    if (after.refusedBecause !== undefined) throw refused(definition.name, after.refusedBecause);
    const next = { ...after.state, isStopping: initial.isStopping };
    state = save(store, state, withDigest(next, { definition, digest }));
    store.saveFileDigest(definition.name, fileDigest);
  }
  return state;
}

function save(store: Store, before: State, after: State): State {
  const change = changeBetween(before, after);
  if (change !== undefined) store.save(change);
  return after;
}

// Beside what is stored, for example: the files alone have been checked.
function refused(name: string, reason: string): Failure {
  const message = `Cannot deploy channel "${name}" of a definition file: ${reason}`;
  return new Failure("refused", { message, reason, metadata: { name } });
}

// How a channel is told to whoever asks: as of when, and whether with what must stay secret.

import { type Identity, mayKnowSecrets } from "@hot-backup/kit/identity.ts";
import type { Definition } from "./core/definition.ts";

/** Which server tells something of its channels, and when, by its wall clock. */
export interface Telling {
  readonly serverId: string;
  readonly wallMs: number;
  /** Whether who hears it may know what programs are given in their environment. */
  readonly withSecrets: boolean;
}

/** What is told now to a caller. */
export function tellingOf(
  here: { readonly serverId: string; readonly wallMs: number },
  caller: Identity | undefined,
): Telling {
  return { ...here, withSecrets: mayKnowSecrets(caller) };
}

/** A definition as it is told: who may not know the values of the environment reads its names. */
export function tellDefinition(definition: Definition, { withSecrets }: Telling): Definition {
  if (withSecrets) return definition;
  const { runtime } = definition;
  const names = Object.keys(runtime.environment);
  const environment = Object.fromEntries(names.map((name) => [name, ""]));
  return { ...definition, runtime: { ...runtime, environment } };
}

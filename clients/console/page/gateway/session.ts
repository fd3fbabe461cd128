// Who looks at the page, as the gateway knows them.

import { computed, signal } from "@preact/signals";
import type { SessionView } from "../../src/view/session.ts";
import { ask } from "./ask.ts";

/** Undefined: not known yet, or the gateway was not reached. */
export const session = signal<SessionView | undefined>(undefined);

/** Whether the person may act, and not only look. */
export const isOperator = computed(() => session.value?.person?.role === "operator");

/** Asks again who this is: at the start, after signing in or out, when a stream was refused. */
export async function refreshSession(): Promise<void> {
  try {
    session.value = await ask<SessionView>("api/session");
  } catch {
    // Contact says that the gateway is away; who this was stands until it is back.
  }
}

// What has changed in a TLS directory, once it has come to rest: an editor that empties a file
// before it writes it, or a copy under way, must neither cut anybody off nor let anybody in.

import { setTimeout as pause } from "node:timers/promises";
import type { Material } from "./tls-material.ts";

/** How long changed files must stay as they are, milliseconds: an editor takes a few of them. */
const settleMs = 500;

/** What news are read with. */
interface Reading {
  read(): Promise<Material>;
  readonly inUse: Material;
  /** In place of a pause, for tests. */
  readonly wait?: () => Promise<void>;
}

/**
 * What takes the place of what is in use; undefined where nothing has changed, or something still
 * does. Rejects where it cannot be used.
 */
export async function readNews(reading: Reading): Promise<Material | undefined> {
  const { read, inUse, wait = () => pause(settleMs, undefined, { ref: false }) } = reading;
  const news = await read();
  if (news.digest === inUse.digest) return undefined;
  await wait();
  const later = await read();
  if (later.digest !== news.digest) return undefined;
  if (inUse.allowed !== undefined && later.allowed === undefined) {
    throw new Error(
      "allowed.txt is gone: without it everybody is trusted whom an authority has signed. " +
        "Restart the service if that is meant",
    );
  }
  return later;
}

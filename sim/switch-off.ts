// Switches a rule off in a core, for this process: its module is loaded with one piece of its text
// replaced. To be called before any core is imported.

import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CoreEdit } from "./sabotages.ts";

const top = join(import.meta.dirname, "..");

export function switchOff({ file, from, to }: CoreEdit): void {
  const edited = pathToFileURL(join(top, file)).href;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (url !== edited) return loaded;
      const { source = "" } = loaded;
      const text =
        typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
      const pieces = text.split(from);
      if (pieces.length !== 2) {
        const count = pieces.length - 1;
        throw new Error(
          `Cannot switch a rule off in ${file}: "${from}" stands there ${count} times`,
        );
      }
      return { ...loaded, source: pieces.join(to.replace("$&", from)) };
    },
  });
}

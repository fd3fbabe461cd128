// The end of a list in pages: older ones, on their way, refused, or no more.

import type { Paged } from "./paged.ts";
import { RefusalNote } from "./refusal-note.tsx";

export function MoreButton({ paged, what }: MoreButtonProps) {
  const { entries, isAsking, refusal, hasMore, askMore } = paged;
  if (refusal !== undefined) return <RefusalNote refusal={refusal} again={askMore} />;
  if (isAsking) {
    return (
      <p class="explains" aria-busy="true">
        Asking…
      </p>
    );
  }
  if (hasMore) {
    return (
      <p>
        <button type="button" onClick={askMore}>
          Older {what}
        </button>
      </p>
    );
  }
  return (
    <p class="explains">
      {entries.length === 0 ? `There are no ${what}.` : `These are all ${what}.`}
    </p>
  );
}

interface MoreButtonProps {
  readonly paged: Pick<Paged<unknown>, "entries" | "isAsking" | "refusal" | "hasMore" | "askMore">;
  /** In the plural. */
  readonly what: string;
}

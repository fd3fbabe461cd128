// A list that the gateway tells in pages: the first one at once, older ones when they are asked
// for.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ListPage } from "../../src/view/signal.ts";
import { ask, Refusal } from "./ask.ts";

export interface Paged<Entry> {
  readonly entries: readonly Entry[];
  readonly isAsking: boolean;
  readonly refusal: Refusal | undefined;
  /** Whether there are older ones. */
  readonly hasMore: boolean;
  readonly askMore: () => void;
}

export interface PagedOptions<Entry> {
  readonly after?: string;
  readonly onEntries?: (entries: readonly Entry[]) => void;
}

/** More than anybody reads here; the command line lists without an end. */
const entriesMax = 5000;

interface State<Entry> {
  readonly address: string;
  readonly entries: readonly Entry[];
  /** "": the last page has been told. Undefined: none has. */
  readonly nextPage: string | undefined;
  readonly isAsking: boolean;
  readonly refusal: Refusal | undefined;
}

/**
 * Lists what is at an address. `addressOf` makes it for a page token; "" is the first page. The
 * list begins anew when `after` changes. `onEntries` hears of all entries whenever there are more.
 */
export function usePaged<Entry>(
  addressOf: (page: string) => string,
  { after = "", onEntries }: PagedOptions<Entry> = {},
): Paged<Entry> {
  const address = `${addressOf("")} ${after}`;
  const [state, setState] = useState<State<Entry>>(() => begin(address));
  const asked = useRef(address);
  asked.current = address;
  const known = state.address === address ? state : begin<Entry>(address);
  const askPage = (page: string, before: State<Entry>) => {
    setState({ ...before, isAsking: true, refusal: undefined });
    ask<ListPage<Entry>>(addressOf(page)).then(
      ({ entries, nextPage }) => {
        if (asked.current !== address) return;
        const all = [...before.entries, ...entries].slice(0, entriesMax);
        onEntries?.(all);
        const isFull = all.length === entriesMax;
        setState({ ...before, entries: all, nextPage: isFull ? "" : nextPage, isAsking: false });
      },
      (error: unknown) => {
        if (!(error instanceof Refusal) || asked.current !== address) return;
        setState({ ...before, isAsking: false, refusal: error });
      },
    );
  };
  useEffect(() => askPage("", begin(address)), [address]);
  return {
    entries: known.entries,
    isAsking: known.isAsking,
    refusal: known.refusal,
    hasMore: known.nextPage !== undefined && known.nextPage !== "",
    askMore: () => {
      if (!known.isAsking) askPage(known.nextPage ?? "", known);
    },
  };
}

function begin<Entry>(address: string): State<Entry> {
  return { address, entries: [], nextPage: undefined, isAsking: true, refusal: undefined };
}

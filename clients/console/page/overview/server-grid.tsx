// Many servers at a glance: a dense grid, the worst first, with a filter, and one tab stop.

import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { replaceAddress, route } from "../routing/location.ts";
import { hrefOf } from "../routing/route.ts";
import { rankedServers } from "./all-troubles.ts";
import { nextIndex } from "./roving.ts";
import { isWanted } from "./server-order.ts";
import { ServerTile } from "./server-tile.tsx";

export function ServerGrid() {
  const filter = route.value.query.get("filter") ?? "";
  const wanted = useComputed(() => {
    const words = route.value.query.get("filter") ?? "";
    return rankedServers.value.filter((each) => isWanted(each, words)).map(({ key }) => key);
  });
  const focused = useSignal<string | undefined>(undefined);
  const list = useRef<HTMLUListElement>(null);
  const keys = wanted.value;
  const stop =
    focused.value !== undefined && keys.includes(focused.value) ? focused.value : keys[0];
  const move = (event: KeyboardEvent) => {
    const links = [...(list.current?.querySelectorAll("a") ?? [])];
    const index = links.findIndex((each) => each === document.activeElement);
    const next = nextIndex(event.key, { index, count: links.length, columns: columnsOf(links) });
    if (index < 0 || next === undefined) return;
    event.preventDefault();
    links[next]?.focus();
  };
  return (
    <section class="panel grid-panel" aria-labelledby="servers">
      <header>
        <h2 id="servers">Servers</h2>
        <output class="explains">{count(keys.length, rankedServers.value.length)}</output>
        <Filter filter={filter} />
      </header>
      {keys.length === 0 && <p class="empty">No server has all of these words.</p>}
      <ul class="grid" ref={list}>
        {keys.map((key) => (
          <ServerTile
            key={key}
            name={key}
            isStop={key === stop}
            onFocus={() => (focused.value = key)}
            onKeyDown={move}
          />
        ))}
      </ul>
    </section>
  );
}

function Filter({ filter }: { readonly filter: string }) {
  return (
    <label class="filter">
      Filter{" "}
      <input
        data-filter
        type="search"
        value={filter}
        placeholder="id, host, DEAD, trouble…"
        onInput={({ currentTarget }) =>
          replaceAddress(hrefOf("overview", undefined, { filter: currentTarget.value }))
        }
      />
    </label>
  );
}

function count(shown: number, all: number): string {
  return shown === all ? `${all}, the worst first` : `${shown} of ${all}`;
}

// As many as share the first line.
function columnsOf(links: readonly HTMLElement[]): number {
  const first = links[0]?.getBoundingClientRect().top;
  const others = links.findIndex((each) => each.getBoundingClientRect().top !== first);
  return others < 0 ? links.length : others;
}

// The filter of the channels. What is chosen goes into the address.

import { replaceAddress } from "../routing/location.ts";
import { hrefOf, type Route } from "../routing/route.ts";
import { channelKinds } from "./channel-filter.ts";

export function ChannelFilterFields({ route, servers }: FilterFieldsProps) {
  const { id, query } = route;
  const go = (server: string | undefined, change: Readonly<Record<string, string>>) =>
    replaceAddress(hrefOf("channels", server, { ...Object.fromEntries(query), ...change }));
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <p class="field">
          <label htmlFor="filter-text">Channel</label>
          <input
            id="filter-text"
            data-filter
            type="search"
            placeholder="any"
            autocomplete="off"
            value={query.get("text") ?? ""}
            onInput={({ currentTarget }) => go(id, { text: currentTarget.value })}
          />
        </p>
        <p class="field">
          <label htmlFor="filter-kind">Show</label>
          <select
            id="filter-kind"
            value={query.get("kind") ?? "all"}
            onChange={({ currentTarget }) => go(id, { kind: currentTarget.value })}
          >
            <Options names={channelKinds} />
          </select>
        </p>
        <p class="field">
          <label htmlFor="filter-on">On</label>
          <select
            id="filter-on"
            value={id ?? ""}
            onChange={({ currentTarget: { value } }) =>
              go(value === "" ? undefined : value, { channel: "" })
            }
          >
            <option value="">every server</option>
            <Options names={servers} />
          </select>
        </p>
      </form>
    </search>
  );
}

interface FilterFieldsProps {
  readonly route: Route;
  readonly servers: readonly string[];
}

function Options({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      {names.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </>
  );
}

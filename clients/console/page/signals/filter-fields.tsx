// The filter of the timeline. What is chosen goes into the address.

import { replaceAddress } from "../routing/location.ts";
import { hrefOf, type Route } from "../routing/route.ts";
import { signalWords, spans } from "./signal-filter.ts";

export function FilterFields({ route }: { readonly route: Route }) {
  const { query } = route;
  const set = (key: string, value: string) => {
    replaceAddress(hrefOf("signals", undefined, { ...Object.fromEntries(query), [key]: value }));
  };
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <p class="field">
          <label htmlFor="filter-server">Server</label>
          <input
            id="filter-server"
            data-filter
            type="search"
            placeholder="any"
            autocomplete="off"
            value={query.get("server") ?? ""}
            onInput={({ currentTarget }) => set("server", currentTarget.value)}
          />
        </p>
        <Choice name="signal" label="Signal" query={query} options={signalWords} onChoice={set} />
        <Choice
          name="within"
          label="Within the last"
          query={query}
          options={Object.keys(spans)}
          onChoice={set}
        />
      </form>
    </search>
  );
}

function Choice({ name, label, query, options, onChoice }: ChoiceProps) {
  const id = `filter-${name}`;
  return (
    <p class="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={query.get(name) ?? ""}
        onChange={({ currentTarget }) => onChoice(name, currentTarget.value)}
      >
        <option value="">any</option>
        {options.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </p>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly query: URLSearchParams;
  readonly options: readonly string[];
  readonly onChoice: (name: string, value: string) => void;
}

// The place that an address names: a page, what it is about, and how it is filtered. Addresses live
// behind the "#", so that every one can be copied, and any gateway can serve them.

export const placeNames = ["overview", "server", "signals", "channels", "mail"] as const;

export type PlaceName = (typeof placeNames)[number];

export interface Route {
  /** Undefined: the address names no page. */
  readonly place: PlaceName | undefined;
  /** What the page is about, for example a server. */
  readonly id: string | undefined;
  readonly query: URLSearchParams;
}

/** Reads "#/server/primary-1?run=7". */
export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const [name = "", id = ""] = path.split("/").filter(Boolean).map(decode);
  const place = name === "" ? "overview" : placeNames.find((each) => each === name);
  return { place, id: id === "" ? undefined : id, query: new URLSearchParams(query) };
}

/** The address of a place; entries without a value are left out. */
export function hrefOf(
  place: PlaceName,
  id?: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = place === "overview" ? "/" : `/${place}`;
  const about = id === undefined ? "" : `${path.endsWith("/") ? "" : "/"}${encodeURIComponent(id)}`;
  const entries = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [[key, value]],
  );
  const rest = new URLSearchParams(entries).toString();
  return `#${path}${about}${rest === "" ? "" : `?${rest}`}`;
}

// What somebody has typed may be no encoding at all.
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

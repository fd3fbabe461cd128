// The server that an address is about. The id of the server is enough where one monitor alone
// watches it; where several do, the key names the monitor too.

/** The key (see viewKeys) that an id of an address means. Undefined: it is not known. */
export function findServerKey(id: string, keys: readonly string[]): string | undefined {
  if (keys.includes(id)) return id;
  return keys.find((key) => key.slice(key.indexOf("/") + 1) === id);
}

// Names of channels as orders have them: whole, or a prefix with a trailing *.

/** Whether a name, or a prefix with a trailing *, means a channel. */
export function isNamed(channel: string, nameOrPrefix: string): boolean {
  if (!nameOrPrefix.endsWith("*")) return channel === nameOrPrefix;
  return channel.startsWith(nameOrPrefix.slice(0, -1));
}

// What a readiness check can be pointed at.

/** "host:port" or "[::1]:port" with a port from 1 to 65535. */
export function isTcpAddress(text: string): boolean {
  const match = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]{1,253}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}

/** An absolute http or https address. */
export function isHttpUrl(text: string): boolean {
  return text.length <= 2048 && /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text);
}

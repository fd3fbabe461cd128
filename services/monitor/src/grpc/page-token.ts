// Tokens of list pages: where the last page ended, and of which list. Opaque to clients; newer
// entries do not move what an older token points to.

/** A list, as far as its filter makes it one. */
export interface ListOf {
  readonly list: "servers" | "signals" | "runs" | "drills";
  /** The filter. Empty: every server. */
  readonly serverId: string;
}

const number = /^\d{1,18}$/;
const positions = {
  servers: /^[a-z0-9-]{1,63}$/,
  signals: number,
  runs: number,
  drills: number,
};

/** The token of the page that begins behind `position`. */
export function writePageToken({ list, serverId }: ListOf, position: string): string {
  return Buffer.from(`${list}:${serverId}:${position}`).toString("base64url");
}

/** The position behind which a page begins; undefined when the token is none of this list. */
export function readPageToken(token: string, { list, serverId }: ListOf): string | undefined {
  const head = `${list}:${serverId}:`;
  const text = Buffer.from(token, "base64url").toString("latin1");
  const position = text.slice(head.length);
  return text.startsWith(head) && positions[list].test(position) ? position : undefined;
}

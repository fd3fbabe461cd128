// Which addresses of this machine somebody listens on, read from /proc: nobody is connected to, and
// no port is taken, not even for an instant in which a channel might want it.

import { readFile } from "node:fs/promises";
import { endianness, hostname, networkInterfaces } from "node:os";

/** An address that somebody listens on; wildcards are "0.0.0.0" and "::". */
interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Those who listen now. A table that cannot be read lists nobody. */
export async function readListeners(): Promise<readonly Listener[]> {
  const tables = await Promise.all(["tcp", "tcp6"].map((each) => readTable(`/proc/net/${each}`)));
  return tables.flatMap(parseListeners);
}

async function readTable(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch {
    // A kernel without IPv6 has no table of it.
    return "";
  }
}

/** Source: proc_pid_net(5): local address as hexadecimal words in the order of this machine. */
export function parseListeners(table: string): Listener[] {
  const found = table.matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /gm);
  return Array.from(found, ([, address = "", port = ""]) => ({
    host: readAddress(address),
    port: Number.parseInt(port, 16),
  }));
}

function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = Buffer.from(word, "hex");
    return [...(endianness() === "LE" ? inOrder.toReversed() : inOrder)];
  });
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255));
  if (isMapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => {
    return (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16);
  });
  return shorten(groups.join(":"));
}

/**
 * Whether somebody listens at an address. False as well for one that is not of this machine, or
 * whose name nobody here knows: what is not sure is no reason.
 */
export function isListening(
  listeners: readonly Listener[],
  { host, port }: { host: string; port: number },
): boolean {
  const there = listeners.filter((each) => each.port === port);
  // Most ports are free, and to ask for the addresses of this machine takes its time.
  if (there.length === 0) return false;
  const hosts = hostsOf(host);
  return there.some((each) =>
    // A wildcard of IPv6 takes connections of IPv4 too, unless it says otherwise.
    hosts.some(
      (own) => own === each.host || each.host === "::" || (isV4(own) && each.host === "0.0.0.0"),
    ),
  );
}

// The addresses that a host of a readiness check stands for, if they are of this machine.
function hostsOf(host: string): readonly string[] {
  if (host === "localhost" || host === hostname()) return ["127.0.0.1", "::1"];
  const address = host.includes(":") ? shorten(host) : host;
  if (isV4(address) && address.startsWith("127.")) return [address];
  if (address === "::1" || address === "::" || address === "0.0.0.0") return [address];
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some((each) => shorten(each.address) === address) ? [address] : [];
}

function isV4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

// The one way to write an address of IPv6; what is none stays as it is.
function shorten(host: string): string {
  if (!host.includes(":")) return host;
  const url = `http://[${host.replace(/%.*$/, "")}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : host;
}

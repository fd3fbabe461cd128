// The wire between namespaces: every packet between two machines comes here inside a datagram (a
// VXLAN tunnel with this process at its other end), and goes on, late, or not at all. It needs
// neither netem nor a packet filter of the kernel.
//
//   node packet-wire.ts PRIMARY BACKUP APART     the outer addresses of the machines

import { createSocket } from "node:dgram";
import { type Machine, machines } from "./network.ts";
import { WireLinks } from "./wire-orders.ts";

/** Of VXLAN. Source: RFC 7348. */
const vxlanPort = 4789;

// What a datagram holds: 8 bytes of VXLAN, 14 of Ethernet, then the packet.
const etherTypeAt = 20;
const packetAt = 22;
const ipv4 = 0x0800;
const tcp = 6;
const udp = 17;

/** The inner address of a machine ends with its place in the list, from 1. */
const outer = new Map<number, { machine: Machine; address: string }>(
  machines.map((machine, index) => [
    index + 1,
    { machine, address: process.argv[index + 2] ?? "" },
  ]),
);

const links = new WireLinks();
const socket = createSocket("udp4");
socket.on("message", (frame) => {
  // Whatever is not IPv4 is chatter of the kernel: no machine needs it.
  if (frame.length < packetAt + 20 || frame.readUInt16BE(etherTypeAt) !== ipv4) return;
  const from = outer.get(frame[packetAt + 15] ?? 0);
  const to = outer.get(frame[packetAt + 19] ?? 0);
  if (from === undefined || to === undefined) return;
  const lateMs = links.fate(from.machine, to.machine);
  if (lateMs === undefined) return;
  completeChecksum(frame);
  const send = () => socket.send(frame, vxlanPort, to.address);
  if (lateMs === 0) send();
  else setTimeout(send, lateMs);
});
socket.bind(vxlanPort, () => links.tell({ news: "ready" }));

// The kernel leaves checksums to a network card, and there is none on this way. UDP can go without.
function completeChecksum(frame: Buffer): void {
  const protocol = frame[packetAt + 9];
  const headerBytes = ((frame[packetAt] ?? 0) & 0x0f) * 4;
  const at = packetAt + headerBytes;
  if (protocol === udp && frame.length >= at + 8) frame.writeUInt16BE(0, at + 6);
  if (protocol !== tcp) return;
  const length = frame.readUInt16BE(packetAt + 2) - headerBytes;
  if (frame.length < at + length) return;
  frame.writeUInt16BE(0, at + 16);
  let sum = tcp + length;
  for (let index = packetAt + 12; index < packetAt + 20; index += 2) {
    sum += frame.readUInt16BE(index);
  }
  for (let index = 0; index + 1 < length; index += 2) sum += frame.readUInt16BE(at + index);
  if (length % 2 === 1) sum += (frame[at + length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.writeUInt16BE(~sum & 0xffff, at + 16);
}

// Which connections a change of trust cuts, and which ones it must leave alone.

import { EventEmitter } from "node:events";
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { serviceIdentity } from "./identity.ts";
import { type Material, readMaterial } from "./tls-material.ts";
import { watchOpenPeers } from "./tls-open-peers.ts";

const monitor = serviceIdentity("backup-1", "monitor");

let ours: Certificates;
let others: Certificates;
let material: Material;
let foreign: Material;
beforeAll(async () => {
  ours = await Certificates.open();
  others = await Certificates.open();
  material = await readMaterial(await ours.server("backup-1"), monitor);
  foreign = await readMaterial(await others.server("backup-1"), monitor);
});
afterAll(() => {
  ours[Symbol.dispose]();
  others[Symbol.dispose]();
});

/** Connections of the holders of certificates, under a trust that changes. */
function open(first: Material, certificates: readonly X509Certificate[]) {
  let trust = first;
  const listeners = new Set<() => void>();
  const cut: number[] = [];
  let unjudged = 0;
  const sockets = certificates.map((certificate) =>
    Object.assign(new EventEmitter(), { getPeerX509Certificate: () => certificate }),
  );
  const peers = watchOpenPeers(
    {
      material: () => trust,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    {
      cut: (socket) => cut.push(sockets.indexOf(socket as unknown as (typeof sockets)[number])),
      cutUnjudged: () => (unjudged += 1),
    },
  );
  for (const [index, socket] of sockets.entries()) {
    const { fingerprint256 } = certificates[index] ?? material.leaf;
    peers.add(socket as unknown as TLSSocket, { identity: monitor, fingerprint256 });
  }
  const change = (news: Material) => {
    trust = news;
    for (const listener of listeners) listener();
  };
  return { change, cut, peers, unjudged: () => unjudged };
}

const both = () => ({
  ...material,
  authorities: [...material.authorities, ...foreign.authorities],
});

test("while every authority stays nobody is cut, whatever else is new", () => {
  // An authority in between has come along with this one: ca.crt does not have it.
  const { change, cut, unjudged } = open(material, [foreign.leaf, material.leaf]);
  change({ ...material, digest: "new leaf" });
  change(both());
  expect(cut).toEqual([]);
  expect(unjudged()).toBe(0);
});

test("with an authority go those it vouched for, and whoever is not judged yet", async () => {
  const { change, cut, unjudged } = open(both(), [material.leaf, foreign.leaf, material.leaf]);
  change(foreign);
  expect(unjudged()).toBe(1);
  await vi.waitFor(() => expect(cut).toEqual([0, 2]));
});

test("a change that comes while many are judged leaves none of them out", async () => {
  const many = Array.from({ length: 500 }, () => foreign.leaf);
  const { change, cut } = open(both(), [material.leaf, ...many, material.leaf]);
  change(foreign);
  change({ ...foreign, digest: "new leaf" });
  await vi.waitFor(() => expect(new Set(cut)).toEqual(new Set([0, 501])), 20_000);
});

test("who is not listed is cut at once", () => {
  const { change, cut, unjudged } = open(material, [material.leaf]);
  change({ ...material, allowed: new Map() });
  expect(cut).toEqual([0]);
  expect(unjudged()).toBe(0);
});

test("after the end nobody is cut", () => {
  const { change, cut, peers } = open(material, [material.leaf]);
  peers.close();
  change({ ...material, allowed: new Map() });
  expect(cut).toEqual([]);
});

// Makes messages of a contract as bytes, from its descriptor alone: sound ones, odd ones, and ones
// that no client of ours could ever encode. A field that is added to a contract is filled in too.

import { type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { hostileBytes } from "./hostile-text.fixture.ts";

/** Texts that mean something to the service, by the name of the field; "" for every other field. */
export type PlausibleTexts = Readonly<Record<string, readonly string[]>>;

type Chunk = Uint8Array;

/** Enough for a definition in a request and for the values of a template. */
const depthUsual = 5;

const nothing: Chunk = new Uint8Array();
const integers = [
  0n,
  1n,
  2n,
  3n,
  100n,
  1000n,
  1001n,
  65_536n,
  999_999_999n,
  1_000_000_000n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 62n + 1n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const doubles = [0, -0, 1, -1, 0.1, 1e308, 5e-324, Number.NaN, Infinity, -Infinity];

/** Of a hundred values, how many are nasty: most requests should get past most checks. */
const nastiness = { sound: 0, spotted: 5, hostile: 30 } as const;

/** A message of a kind, or bytes that are none. */
export function anyMessage(kind: DescMessage, texts: PlausibleTexts): fc.Arbitrary<Chunk> {
  const [sound, spotted, message] = [nastiness.sound, nastiness.spotted, nastiness.hostile].map(
    (nasty) => new MessageMaker(texts, nasty).message(kind, depthUsual),
  ) as [fc.Arbitrary<Chunk>, fc.Arbitrary<Chunk>, fc.Arbitrary<Chunk>];
  return fc.oneof(
    { arbitrary: sound, weight: 6 },
    { arbitrary: spotted, weight: 6 },
    { arbitrary: message, weight: 4 },
    { arbitrary: fc.tuple(message, fc.nat()).map(cut), weight: 1 },
    { arbitrary: fc.tuple(message, fc.nat(), fc.nat(255)).map(spoil), weight: 2 },
    { arbitrary: fc.tuple(message, message).map(join), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 50 }), weight: 1 },
  );
}

class MessageMaker {
  readonly #texts: PlausibleTexts;
  readonly #nasty: number;
  readonly #known = new Map<string, fc.Arbitrary<Chunk>>();

  /** `nasty`: how many values of a hundred are. */
  constructor(texts: PlausibleTexts, nasty: number) {
    this.#texts = texts;
    this.#nasty = nasty;
  }

  message(kind: DescMessage, depth: number): fc.Arbitrary<Chunk> {
    const key = `${kind.typeName} ${depth}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const members = kind.members.map((member) =>
      member.kind === "oneof" ? this.#oneof(member, depth) : this.#field(member, depth),
    );
    const made = fc.tuple(...members).map(join);
    this.#known.set(key, made);
    return made;
  }

  // Mostly one of them, sometimes none, sometimes two: the last one counts then.
  #oneof(oneof: DescOneof, depth: number): fc.Arbitrary<Chunk> {
    const one = fc.oneof(...oneof.fields.map((field) => this.#present(field, depth)));
    return this.#mostly(
      one,
      fc.oneof(fc.constant(nothing), fc.constant(nothing), fc.tuple(one, one).map(join)),
    );
  }

  // Mostly there: a request that lacks half of its fields never gets past the first check.
  #field(field: DescField, depth: number): fc.Arbitrary<Chunk> {
    return this.#mostly(this.#present(field, depth), fc.constant(nothing));
  }

  #present(field: DescField, depth: number): fc.Arbitrary<Chunk> {
    const one = this.#one(field, depth);
    if (field.fieldKind !== "list" && field.fieldKind !== "map") return one;
    return this.#mostly(fc.array(one, { minLength: 1, maxLength: 3 }).map(join), one.map(repeat));
  }

  #one(field: DescField, depth: number): fc.Arbitrary<Chunk> {
    const { number } = field;
    if (field.fieldKind === "map") return this.#entry(field, depth);
    if (field.message !== undefined) {
      if (depth === 0) return fc.constant(nothing);
      return this.message(field.message, depth - 1).map((bytes) => delimited(number, bytes));
    }
    if (field.enum !== undefined) {
      const known = field.enum.values.map((value) => value.number);
      const any = this.#mostly(fc.constantFrom(...known), fc.constantFrom(99, -1, 2 ** 31 - 1));
      return any.map((value) => write(number, WireType.Varint, (to) => to.int32(value)));
    }
    return this.#scalar(field.scalar ?? ScalarType.STRING, { number, name: field.name });
  }

  #entry(field: DescField & { fieldKind: "map" }, depth: number): fc.Arbitrary<Chunk> {
    const key = this.#scalar(field.mapKey, { number: 1, name: `${field.name}.key` });
    const value =
      field.mapKind === "message"
        ? depth === 0
          ? fc.constant(nothing)
          : this.message(field.message, depth - 1).map((bytes) => delimited(2, bytes))
        : this.#scalar(field.scalar ?? ScalarType.STRING, { number: 2, name: field.name });
    return fc.tuple(key, value).map((entry) => delimited(field.number, join(entry)));
  }

  #scalar(
    type: ScalarType,
    { number, name }: { number: number; name: string },
  ): fc.Arbitrary<Chunk> {
    if (type === ScalarType.STRING || type === ScalarType.BYTES) {
      return this.#text(name).map((bytes) => delimited(number, bytes));
    }
    if (type === ScalarType.DOUBLE) {
      const any = fc.constantFrom(...doubles);
      return any.map((value) => write(number, WireType.Bit64, (to) => to.double(value)));
    }
    // No contract of ours has another type than those of variable length.
    const any = this.#mostly(fc.constantFrom(1n, 2n, 3n, 10n), fc.constantFrom(...integers));
    return any.map((value) => write(number, WireType.Varint, (to) => to.uint64(value)));
  }

  #text(name: string): fc.Arbitrary<Chunk> {
    const texts = this.#texts[name] ?? this.#texts[""] ?? ["x"];
    const plausible = fc.constantFrom(...texts).map((text) => Buffer.from(text, "utf8"));
    return this.#mostly(plausible, hostileBytes);
  }

  #mostly<Value>(usual: fc.Arbitrary<Value>, nasty: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
    return fc.oneof(
      { arbitrary: usual, weight: 100 - this.#nasty },
      { arbitrary: nasty, weight: this.#nasty },
    );
  }
}

function write(number: number, type: WireType, put: (writer: BinaryWriter) => BinaryWriter): Chunk {
  return put(new BinaryWriter().tag(number, type)).finish();
}

function delimited(number: number, bytes: Chunk): Chunk {
  return write(number, WireType.LengthDelimited, (to) => to.bytes(bytes));
}

function join(chunks: readonly Chunk[]): Chunk {
  return Buffer.concat(chunks);
}

// More entries than any list may have, but not more bytes than a message may have.
function repeat(chunk: Chunk): Chunk {
  const count = Math.min(1200, Math.ceil(200_000 / Math.max(1, chunk.length)));
  return join(Array.from({ length: count }, () => chunk));
}

function cut([bytes, at]: [Chunk, number]): Chunk {
  return bytes.subarray(0, bytes.length === 0 ? 0 : at % bytes.length);
}

function spoil([bytes, at, value]: [Chunk, number, number]): Chunk {
  const spoiled = Uint8Array.from(bytes);
  if (spoiled.length > 0) spoiled[at % spoiled.length] = value;
  return spoiled;
}

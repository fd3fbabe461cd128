// Where each key of a document stands in its text. Looked up in no time however many keys and
// problems there are: a stranger's flow may have thousands of both.

import { type Document, isMap, isNode, isScalar, isSeq } from "yaml";

/** A way from the top of a document to a value: keys of maps and numbers of lists. */
export type Path = readonly PropertyKey[];

/** Tells the offset of a key, or of the nearest one above it; 0 for the document. */
export function createPlaces(document: Document): (path: Path) => number {
  // Made when the first problem is told: most documents have none.
  let offsets: ReadonlyMap<string, number> | undefined;
  return (path) => {
    offsets ??= indexOffsets(document);
    for (let length = path.length; length > 0; length -= 1) {
      const offset = offsets.get(nameOf(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  };
}

function indexOffsets(document: Document): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const note = (node: unknown, name: string) => {
    // What the environment has added stands nowhere.
    if (isNode(node) && node.range) offsets.set(name, node.range[0]);
  };
  const walk = (node: unknown, name: string) => {
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        note(item, `${name}\0${index}`);
        walk(item, `${name}\0${index}`);
      }
    }
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      note(key, `${name}\0${String(key.value)}`);
      walk(value, `${name}\0${String(key.value)}`);
    }
  };
  walk(document.contents, "");
  return offsets;
}

function nameOf(path: Path): string {
  return path.map((each) => `\0${String(each)}`).join("");
}

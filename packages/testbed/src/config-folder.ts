// The configuration of an example, copied into a folder of its own with ports, data and exchange
// moved, so that any number of beds run the very files that the documents show.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";

/** The examples that are whole configurations, by their folder. */
export type Example = "two-servers" | "mutual-backup";

/** What is changed in the copies. */
export interface ConfigFolderOptions {
  readonly example: Example;
  readonly folder: string;
  readonly exchangeFolder: string;
  /** The port in place of one that the examples use. */
  movePort(port: number): number;
  /** Further changes, for a test that needs another configuration. */
  edit?(file: string, document: Document): void;
}

/** Every port that an example uses. */
export function listExamplePorts(example: Example): number[] {
  const folder = folderOf(example);
  const texts = configFiles(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const found = texts.flatMap((text) => [...text.matchAll(/127\.0\.0\.1:(\d+)/g)]);
  return [...new Set(found.map((match) => Number(match[1])))];
}

/** Writes the copies. Data of an instance goes to a folder beside them, named after its file. */
export function writeConfigFolder(options: ConfigFolderOptions): void {
  const source = folderOf(options.example);
  const configFolder = join(options.folder, "config");
  mkdirSync(configFolder, { recursive: true });
  for (const name of configFiles(source)) {
    const document = parseDocument(readFileSync(join(source, name), "utf8"));
    visit(document, {
      Scalar: (_key, node) => {
        if (typeof node.value === "string") node.value = moveAddress(node.value, options.movePort);
      },
    });
    if (document.has("dataFolder")) {
      document.set("dataFolder", join(options.folder, name.replace(/\.yaml$/, "")));
    }
    moveChannels(document, { source, exchangeFolder: options.exchangeFolder });
    options.edit?.(name, document);
    writeFileSync(join(configFolder, name), document.toString());
  }
}

function folderOf(example: Example): string {
  return fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url));
}

function configFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".yaml"));
}

function moveAddress(text: string, movePort: (port: number) => number): string {
  return text.replace(/127\.0\.0\.1:(\d+)/, (_, port) => `127.0.0.1:${movePort(Number(port))}`);
}

function moveChannels(
  document: Document,
  { source, exchangeFolder }: { source: string; exchangeFolder: string },
): void {
  const channels = document.get("channels");
  if (!isSeq(channels)) return;
  for (const channel of channels.items) {
    if (!isMap(channel)) continue;
    const folder = channel.getIn(["process", "workingDirectory"], true);
    if (isScalar(folder)) folder.value = resolve(source, String(folder.value));
    channel.setIn(["process", "environment", "EXCHANGE_FOLDER"], exchangeFolder);
  }
}

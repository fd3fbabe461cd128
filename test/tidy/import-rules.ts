// The arrows of the house: which part may import which. They keep a service readable without the
// others, and a core runnable in a simulator.
//
//   proto/gen <- kit <- services/*, clients/*    nothing points back; a service imports no service
//   core <- ports <- adapters, loop <- main      inside a service

import { posix } from "node:path";
import { parseSync } from "vite";
import { type Finding, isTest, isTypeScript, placeOf, type Rule, type SourceFile } from "./tree.ts";

/** One import, with both ends as paths below the repository. */
interface Import {
  readonly file: SourceFile;
  /** What is imported: a path below the repository, or the name of a package as it is written. */
  readonly target: string;
  readonly isRelative: boolean;
  readonly where: string;
}

type Arrow = (each: Import) => string | undefined;

const arrows: readonly Arrow[] = [
  staysInItsPart,
  nobodyImportsMain,
  leavesServicesAlone,
  leavesClientsAlone,
  pointsUpwards,
  coreKnowsOnlyItself,
  generatedTypesStopAtConvert,
  onlyMainKnowsAdapters,
  pageKnowsOnlyViews,
];

/** Every arrow at once: they all read the same list of imports. */
export const importsFollowTheArrows: Rule = (files) =>
  files
    .filter(isTypeScript)
    .flatMap(readImports)
    .flatMap((each): Finding[] =>
      arrows.flatMap((arrow) => {
        const message = arrow(each);
        return message === undefined ? [] : [{ where: each.where, message }];
      }),
    );

/**
 * The part of the house that a path belongs to: "packages/kit", "services/monitor", "proto",
 * "demo".
 */
function partOf(path: string): string {
  return /^(?:packages|services|clients)\/[^/]+/.exec(path)?.[0] ?? path.split("/")[0] ?? "";
}

function isPart(part: string): boolean {
  return /^(?:(?:packages|services|clients)\/.+|proto)$/.test(part);
}

// A package is imported by its name, so that its exports say what others may use.
function staysInItsPart({ file, target, isRelative }: Import): string | undefined {
  const from = partOf(file.path);
  if (!isRelative || partOf(target) === from || !isPart(from)) return undefined;
  return `reaches out of ${from}: import the package by its name`;
}

function nobodyImportsMain({ target }: Import): string | undefined {
  return posix.basename(target) === "main.ts"
    ? "imports a main.ts: what others need has a file of its own"
    : undefined;
}

function leavesServicesAlone({ file, target }: Import): string | undefined {
  const from = partOf(file.path);
  const to = partOf(target);
  const isOther = to.startsWith("services/") && to !== from && isPart(from);
  return isOther ? `imports ${to}: services meet only over their contracts` : undefined;
}

// A client is the end of the line: what others need of it belongs into the kit or the testbed.
// Fuzzing reads its configuration a thousand times, for which a program is too slow.
function leavesClientsAlone({ file, target }: Import): string | undefined {
  if (file.path.startsWith("test/fuzz/")) return undefined;
  const to = partOf(target);
  if (!to.startsWith("clients/") || to === partOf(file.path)) return undefined;
  return `imports ${to}: nothing builds on a client; start it as a program`;
}

// Below the services there is the kit, below the kit the generated code.
function pointsUpwards({ file, target }: Import): string | undefined {
  if (isTest(file)) return undefined;
  const from = partOf(file.path);
  const to = partOf(target);
  if (from === "proto" && isPart(to) && to !== "proto")
    return `imports ${to}: proto is at the bottom`;
  if (from === "packages/kit" && isPart(to) && to !== from && to !== "proto") {
    return `imports ${to}: the kit knows only proto`;
  }
  if (
    to === "packages/testbed" &&
    from !== to &&
    !["test", "demo", "bench", "sim", "scripts"].includes(from)
  ) {
    return "imports the testbed: it is for tests, and programs that start real services";
  }
  return undefined;
}

function coreKnowsOnlyItself({ file, target }: Import): string | undefined {
  const core = /^services\/[^/]+\/src\/core\//.exec(file.path)?.[0];
  if (core === undefined || isTest(file) || target.startsWith(core)) return undefined;
  if (["node:assert", "node:assert/strict"].includes(target)) return undefined;
  return `imports ${target} into a core: pass it as a value of an event`;
}

function generatedTypesStopAtConvert({ file, target }: Import): string | undefined {
  const inner = /^services\/[^/]+\/src\/(.+)$/.exec(file.path)?.[1];
  if (inner === undefined || isTest(file) || !target.startsWith("proto/")) return undefined;
  if (inner === "convert.ts" || inner.startsWith("grpc/")) return undefined;
  return "imports generated code: only convert.ts and grpc/ know the contracts";
}

// The loop, the configuration and the ports are used with every adapter, so they name none.
function onlyMainKnowsAdapters({ file, target }: Import): string | undefined {
  const source = /^(services\/[^/]+\/src\/)([^/]+)\.ts$/.exec(file.path);
  if (source === null || isTest(file)) return undefined;
  // What is started from a command line wires: the service, and the restore of a journal.
  if (source[2] === "main" || source[2] === "restore") return undefined;
  const adapter = /^(?:grpc|store|runtimes|transports)\//;
  const inner = target.startsWith(source[1] ?? "") ? target.slice(source[1]?.length) : "";
  return adapter.test(inner) ? `imports the adapter ${inner}: name a port, main wires` : undefined;
}

// The page runs in a browser: what it shares with its gateway is the shape of what it is told.
function pageKnowsOnlyViews({ file, target }: Import): string | undefined {
  const [page, view] = ["clients/console/page/", "clients/console/src/view/"];
  const isPage = file.path.startsWith(page);
  if ((!isPage && !file.path.startsWith(view)) || isTest(file)) return undefined;
  if (target.startsWith(view)) return undefined;
  if (isPage && (target.startsWith(page) || /^(?:preact|@preact\/|uplot)/.test(target))) {
    return undefined;
  }
  return `imports ${target} into the page: the gateway tells it what it needs`;
}

function readImports(file: SourceFile): Import[] {
  const { module } = parseSync(file.path, file.text);
  const named = [
    ...module.staticImports.map((each) => each.moduleRequest),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => entry.moduleRequest ?? []),
    ),
  ].map(({ value, start }) => ({ value, start }));
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    value: file.text.slice(start + 1, end - 1),
    start,
  }));
  return [...named, ...dynamic].map(({ value, start }) => ({
    file,
    target: resolve(file.path, value),
    isRelative: value.startsWith("."),
    where: placeOf(file, start),
  }));
}

const homes: ReadonlyMap<string, string> = new Map([
  ...["monitor", "heartbeat", "channels", "notify"].map((name) => [name, "services"] as const),
  ...["cli", "console"].map((name) => [name, "clients"] as const),
]);

// Packages of this repository are named after their folders.
function resolve(path: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(path), specifier);
  const [, name = "", rest = ""] = /^@hot-backup\/([^/]+)\/?(.*)$/.exec(specifier) ?? [];
  if (name === "") return specifier;
  if (name === "proto") return `proto/gen/${rest}`;
  return `${homes.get(name) ?? "packages"}/${name}/src/${rest}`;
}

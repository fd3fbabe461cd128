// Rules about names, folders, package.json files and the commands that the documents promise.

import { posix } from "node:path";
import { z } from "zod";
import { type Finding, isTypeScript, type Rule, type SourceFile } from "./tree.ts";

const emptyNames = new Set([
  "index",
  "utils",
  "util",
  "helpers",
  "helper",
  "types",
  "common",
  "misc",
]);

export const filesHaveTellingNames: Rule = (files) =>
  files.filter(isTypeScript).flatMap(({ path }) => {
    const name = posix.basename(path).split(".")[0] ?? "";
    return emptyNames.has(name)
      ? [{ where: path, message: `"${name}" says nothing: name the file after what it exports` }]
      : [];
  });

export const namesAreKebabCase: Rule = (files) =>
  files.filter(isTypeScript).flatMap(({ path }) => {
    const isKebab = path.split("/").every((part) => /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part));
    return isKebab ? [] : [{ where: path, message: "is not kebab-case: rename it" }];
  });

/** A folder exists when it holds two things. `src` is where a package begins, however small. */
export const foldersHoldTwo: Rule = (files) => {
  const holdings = new Map<string, Set<string>>();
  for (const { path } of files) {
    for (let child = path; child !== "."; child = posix.dirname(child)) {
      const folder = posix.dirname(child);
      holdings.set(folder, (holdings.get(folder) ?? new Set()).add(child));
    }
  }
  return [...holdings]
    .filter(([folder, held]) => held.size < 2 && isOurs(folder))
    .map(([folder]) => ({ where: folder, message: "holds one thing only: move it up" }));
};

// The folders of contracts follow their packages, others' tools look in .ci and .github, and
// clients are to be told from services, however few there are.
function isOurs(folder: string): boolean {
  return !/(?:^|\/)src$|^proto\/|^clients$|^\.[a-z]/.test(folder);
}

const manifest = z.object({
  license: z.string().optional(),
  private: z.boolean().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

export const packagesAreLicensed: Rule = (files) =>
  manifests(files)
    .filter(({ content }) => content.license !== "Apache-2.0" || content.private !== true)
    .map(({ path }) => ({
      where: path,
      message: 'lacks "license": "Apache-2.0", "private": true',
    }));

/** What is installed tomorrow is what was tested today. */
export const versionsAreExact: Rule = (files) =>
  manifests(files).flatMap(({ path, content }) =>
    Object.entries({
      ...content.dependencies,
      ...content.devDependencies,
      ...content.optionalDependencies,
    })
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
      .map(([name, version]) => ({
        where: path,
        message: `wants ${name} ${version}: name one exact version`,
      })),
  );

/** A command that a document names must exist. */
export const documentedCommandsExist: Rule = (files) => {
  const root = manifests(files).find(({ path }) => path === "package.json");
  const scripts = root?.content.scripts ?? {};
  return files
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap((file) =>
      file.text.split("\n").flatMap((line, index): Finding[] =>
        [...line.matchAll(/\bnpm (?:run ([a-z:-]+)|(test|start)\b)/g)]
          .map(([, named, short]) => named ?? short ?? "")
          .filter((name) => scripts[name] === undefined)
          .map((name) => ({
            where: `${file.path}:${index + 1}`,
            message: `names "npm run ${name}", which package.json does not have`,
          })),
      ),
    );
};

function manifests(files: readonly SourceFile[]) {
  return files
    .filter(({ path }) => posix.basename(path) === "package.json")
    .map(({ path, text }) => ({ path, content: manifest.parse(JSON.parse(text)) }));
}

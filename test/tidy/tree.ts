// The files of the repository as values, for the rules of style. Generated code is left out: no
// rule is for it.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One text file. */
export interface SourceFile {
  /** Path below the repository, with "/". */
  readonly path: string;
  readonly text: string;
}

/** Something that breaks a rule. */
export interface Finding {
  /** "path:line", or "path" where a whole file or folder is meant. */
  readonly where: string;
  /** What is wrong there, and what to do. */
  readonly message: string;
}

/** One rule of style: finds all that breaks it. */
export type Rule = (files: readonly SourceFile[]) => Finding[];

const generated = /^proto\/gen\/|^package-lock\.json$|\.binpb$/;

/** Every file that is checked in, or will be: what git ignores is no part of the house. */
export function readTree(): SourceFile[] {
  const root = join(import.meta.dirname, "../..");
  const words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", words, { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && !generated.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function isTypeScript({ path }: SourceFile): boolean {
  return /\.tsx?$/.test(path);
}

/** Tests, and suites that several tests share. They may be as long as their stories. */
export function isTest({ path, text }: SourceFile): boolean {
  return /\.test\.tsx?$/.test(path) || /^import .*from "vitest";$/m.test(text);
}

/** "path:line" of a place in a file. Lines count from 1. */
export function placeOf(file: SourceFile, offset: number): string {
  return `${file.path}:${file.text.slice(0, offset).split("\n").length}`;
}

/**
 * A rule that looks at one line at a time. The check tells what is wrong with a line, if anything.
 */
export function perLine(
  applies: (file: SourceFile) => boolean,
  check: (line: string, file: SourceFile) => string | undefined,
): Rule {
  return (files) =>
    files.filter(applies).flatMap((file) =>
      file.text.split("\n").flatMap((line, index) => {
        const message = check(line, file);
        return message === undefined ? [] : [{ where: `${file.path}:${index + 1}`, message }];
      }),
    );
}

// Rules of style that need only the text of a file.

import { isTest, isTypeScript, perLine, type Rule, type SourceFile } from "./tree.ts";

const columnsMax = 100;
const linesMax = 250;

// The path of an import cannot be broken over two lines.
const unbreakable = /^\s*\}? ?(?:import .*|export .*)?from "[^"]+";$/;

export const noLongLines: Rule = perLine(isTypeScript, (line) =>
  line.length > columnsMax && !unbreakable.test(line)
    ? `has ${line.length} columns, the most is ${columnsMax}: break the line`
    : undefined,
);

export const noLongFiles: Rule = (files) =>
  files
    .filter((file) => isTypeScript(file) && !isTest(file))
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => ({
      where: path,
      message: `has ${lines} lines, the most is ${linesMax}: give its second concept a file`,
    }));

// The name of a test says whose test it is.
export const filesSayWhatTheyAreFor: Rule = (files) =>
  files
    .filter((file) => isTypeScript(file) && !isTest(file))
    .filter((file) => !/^(?:#!.*\n)?\/\/ \S/.test(file.text))
    .map(({ path }) => ({
      where: `${path}:1`,
      message: "begins with no comment: say in one to three sentences what the file is for",
    }));

// Letters in brackets, so that this file keeps its own rule.
const unfinished = /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/;

export const nothingUnfinished: Rule = perLine(isProse, (line) =>
  unfinished.test(line) ? "leaves something undone: do it, or file an issue" : undefined,
);

export const noDividingLines: Rule = perLine(isTypeScript, (line) =>
  /^\s*(?:\/\/|\/?\*+)\s*[-=*#~_─━]{4,}/.test(line)
    ? "is a dividing line: a file that needs one is two files"
    : undefined,
);

const switchedOff = new RegExp(
  `(?:oxlint|eslint|prettier)-(?:disable|ignore)|@ts-(?:ignore|nocheck)`,
);

export const noRuleIsSwitchedOff: Rule = perLine(isTypeScript, (line, file) =>
  switchedOff.test(line) && !file.path.startsWith("test/tidy")
    ? "switches a check off: mend the code, or change the rule for everybody"
    : undefined,
);

const machinePath = /(?<![\w.}~/-])\/(?:work|home|root|tmp|Users)\/[\w.-]/;

export const noMachinePaths: Rule = perLine(isProse, (line) =>
  machinePath.test(line)
    ? "names a folder of one machine: start from import.meta.dirname or os.tmpdir()"
    : undefined,
);

function isProse(file: SourceFile): boolean {
  return (
    /\.(?:tsx?|css|html|md|ya?ml|json|jsonc|proto|sh|service|conf)$/.test(file.path) ||
    file.path.startsWith(".ci/")
  );
}

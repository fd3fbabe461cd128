// Rules of style that need the syntax of a file: how long functions are, and what tests must not
// do. TypeScript 7 has no parser to call, so they use the one that vite brings along.

import { type ESTree, parseSync, Visitor } from "vite";
import { type Finding, isTest, isTypeScript, placeOf, type Rule, type SourceFile } from "./tree.ts";

const functionLinesMax = 50;
const parametersMax = 3;

type AnyFunction = ESTree.Function | ESTree.ArrowFunctionExpression;

export const noLongFunctions: Rule = perFunction((node, file) => {
  const lines = file.text.slice(node.start, node.end).split("\n").length;
  return lines > functionLinesMax
    ? `is a function of ${lines} lines, the most is ${functionLinesMax}: name its parts`
    : undefined;
});

// Callbacks are called by others, who choose what to pass: only declared functions are meant.
export const noLongParameterLists: Rule = perFunction((node) =>
  node.type === "FunctionDeclaration" && node.params.length > parametersMax
    ? `takes ${node.params.length} parameters: two, then an object of named ones`
    : undefined,
);

/** A test that sleeps is slow on a fast machine and wrong on a slow one. */
export const testsDoNotSleep: Rule = (files) =>
  files.filter(isTest).flatMap((file) => {
    const findings: Finding[] = [];
    const found = (offset: number) =>
      findings.push({
        where: placeOf(file, offset),
        message: "sleeps for a fixed time: wait for the condition (expect.poll, vi.waitFor)",
      });
    new Visitor({
      AwaitExpression: ({ argument }) => {
        if (isCallOf(argument, ["sleep", "delay", "pause"])) found(argument.start);
      },
      CallExpression: (node) => {
        if (isWakeUp(node)) found(node.start);
      },
      ImportDeclaration: (node) => {
        if (node.source.value === "node:timers/promises") found(node.start);
      },
    }).visit(parse(file));
    return findings;
  });

/** A test that is skipped, or alone, says green about what nobody ran. */
export const everyTestRuns: Rule = (files) =>
  files.filter(isTest).flatMap((file) => {
    const findings: Finding[] = [];
    new Visitor({
      MemberExpression: (node) => {
        if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
        if (!["test", "it", "describe", "suite"].includes(node.object.name)) return;
        if (!["skip", "only", "todo", "fails"].includes(node.property.name)) return;
        const message = `is marked "${node.property.name}": every test runs, or is removed`;
        findings.push({ where: placeOf(file, node.start), message });
      },
    }).visit(parse(file));
    return findings;
  });

/** toMatchObject takes a bare pattern for an empty object, which every value matches. */
export const patternsAreAsked: Rule = (files) =>
  files.filter(isTest).flatMap((file) => {
    const findings: Finding[] = [];
    new Visitor({
      CallExpression: ({ callee, arguments: given }) => {
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (callee.property.name !== "toMatchObject") return;
        const message = "is a pattern that nobody asks: write expect.stringMatching(/…/)";
        for (const { start } of given.flatMap(barePatterns)) {
          findings.push({ where: placeOf(file, start), message });
        }
      },
    }).visit(parse(file));
    return findings;
  });

// Not those inside a call, such as expect.stringMatching(/a/).
function barePatterns(node: ESTree.Node): ESTree.Node[] {
  if (node.type === "ObjectExpression") return node.properties.flatMap(barePatterns);
  if (node.type === "Property") return barePatterns(node.value);
  if (node.type === "Literal") return "regex" in node ? [node] : [];
  if (node.type !== "ArrayExpression") return [];
  return node.elements.flatMap((each) => (each === null ? [] : barePatterns(each)));
}

function isCallOf(node: ESTree.Expression, names: readonly string[]): boolean {
  return (
    node.type === "CallExpression" &&
    node.callee.type === "Identifier" &&
    names.includes(node.callee.name)
  );
}

// setTimeout(resolve, ...): a timer that does nothing but wake somebody.
function isWakeUp(node: ESTree.CallExpression): boolean {
  return isCallOf(node, ["setTimeout"]) && node.arguments[0]?.type === "Identifier";
}

function perFunction(check: (node: AnyFunction, file: SourceFile) => string | undefined): Rule {
  return (files) =>
    files
      .filter((file) => isTypeScript(file) && !isTest(file))
      .flatMap((file) => {
        const findings: Finding[] = [];
        const look = (node: AnyFunction) => {
          const message = check(node, file);
          if (message !== undefined) findings.push({ where: placeOf(file, node.start), message });
        };
        new Visitor({
          FunctionDeclaration: look,
          FunctionExpression: look,
          ArrowFunctionExpression: look,
        }).visit(parse(file));
        return findings;
      });
}

function parse(file: SourceFile): ESTree.Program {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`Cannot parse ${file.path}: ${errors[0]?.message}`);
  return program;
}

import { expect, test } from "vitest";
import { z } from "zod";
import { checkConfig, ConfigError, inspectConfig, parseConfigSource } from "./config.ts";

const schema = z.strictObject({
  first: z.number("must be a number"),
  second: z.number("must be a number"),
});

function parse(text: string, environment: NodeJS.ProcessEnv = {}) {
  return parseConfigSource(text, { file: "a.yaml", environment });
}

test("a text is told under the name it was given", () => {
  const source = parse("first: 1\nsecond: x\n");
  const problem = { where: "a.yaml:2:1", key: "second", message: "must be a number" };
  expect(inspectConfig(source, schema)).toEqual({ value: undefined, problems: [problem] });
});

test("a sound text has a value and no problems", () => {
  const source = parse("first: 1\nsecond: 2\n");
  expect(inspectConfig(source, schema)).toEqual({ value: { first: 1, second: 2 }, problems: [] });
});

test("problems come in the order of their lines, whatever order they were found in", () => {
  const source = parse(`${"\n".repeat(8)}third: 3\nsecond: x\nfirst: y\n`);
  const places = inspectConfig(source, schema).problems.map(({ where }) => where);
  expect(places).toEqual(["a.yaml:9:1", "a.yaml:10:1", "a.yaml:11:1"]);
});

test("checking tells every problem in one error", () => {
  const check = () => checkConfig(parse("first: x\n"), schema);
  expect(check).toThrow(ConfigError);
  expect(check).toThrow(
    "a.yaml:1:1: first: must be a number\na.yaml:1:1: second: must be a number",
  );
});

test("a problem that the environment brought names its variable", () => {
  const source = parse("first: 1\nsecond: 2\n", { HOT_BACKUP__SECOND: "x" });
  expect(inspectConfig(source, schema).problems[0]?.where).toBe("HOT_BACKUP__SECOND");
});

test("a text that is no YAML is refused at the place of the fault", () => {
  expect(() => parse("first: 1\nfirst: 2\n")).toThrow("a.yaml:2:1: Map keys must be unique");
});

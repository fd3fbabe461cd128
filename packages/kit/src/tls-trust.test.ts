import { expect, test } from "vitest";
import { parseIdentity } from "./identity.ts";
import { isAllowed, parseAllowed } from "./tls-trust.ts";

const ada = parseIdentity("spiffe://hot-backup/operator/ada") ?? { kind: "reader", name: "" };
const one = "AB:".repeat(31) + "AB";
const other = "CD:".repeat(31) + "CD";

const isAdaAllowed = (text: string | undefined, fingerprint256 = one) =>
  isAllowed(
    { allowed: text === undefined ? undefined : parseAllowed(text) },
    { identity: ada, fingerprint256 },
  );

test("without a list everybody is allowed whom an authority has signed", () => {
  expect(isAdaAllowed(undefined)).toBe(true);
});

test("an empty list allows nobody", () => {
  expect(isAdaAllowed("")).toBe(false);
  expect(isAdaAllowed("# spiffe://hot-backup/operator/ada\n")).toBe(false);
});

test("an identity by itself allows each of its certificates", () => {
  const text = `spiffe://hot-backup/operator/ada\nspiffe://hot-backup/operator/ada ${other}\n`;
  expect(isAdaAllowed(text)).toBe(true);
});

test("with fingerprints only those certificates are allowed", () => {
  const text = (of: string) => `  spiffe://hot-backup/operator/ada\t${of}\r\n`;
  expect(isAdaAllowed(text(one))).toBe(true);
  expect(isAdaAllowed(text(one.replaceAll(":", "").toLowerCase()))).toBe(true);
  expect(isAdaAllowed(text(other))).toBe(false);
  expect(isAdaAllowed(text(other) + text(one))).toBe(true);
});

test.each([
  "ada",
  "spiffe://hot-backup/operator/ada AB:CD",
  `spiffe://hot-backup/operator/ada ${one} ${other}`,
  "spiffe://hot-backup/operator/ada # she left",
])("the line %j is an error, and not half a list", (line) => {
  expect(() => parseAllowed(`spiffe://hot-backup/operator/eve\n${line}\n`)).toThrow("line 2");
});

// The alerts, the dashboard and the configurations of Prometheus, as they will be read. Where there
// is a promtool it judges them, and plays the stories of rules-test.yaml; everywhere they are held
// to what a reader without one can see. That the names exist is for test/e2e/metrics.test.ts.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const own = (name: string) => join(import.meta.dirname, name);
const read = (path: string) => readFileSync(join(root, path), "utf8");

const alert = z.strictObject({
  alert: z.string().regex(/^HotBackup[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.strictObject({ summary: z.string(), action: z.string(), runbook: z.string() }),
});
const record = z.strictObject({
  record: z.string().regex(/^(?:server|method):hot_backup_\w+:\w+$/),
  expr: z.string(),
});
const ruleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([alert, record])) })),
});
const panel = z.object({
  title: z.string(),
  description: z.string().optional(),
  targets: z.array(z.object({ expr: z.string() })).optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
});
const dashboard = z.object({ panels: z.array(panel) });

const rules = ruleFile
  .parse(parse(read("deploy/prometheus/rules.yaml")))
  .groups.flatMap((group) => group.rules);
const alerts = rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
const { panels } = dashboard.parse(JSON.parse(read("deploy/grafana/hot-backup.json")));

/** The expressions of the panels, with what Grafana puts in for its variables. */
const panelExpressions = panels
  .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  .map((expr) => expr.replaceAll("$__rate_interval", "1m").replaceAll("$server", ".*"));
const expressions = [...rules.map(({ expr }) => expr), ...panelExpressions];

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

function promtool(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("promtool", words, { encoding: "utf8" });
  return status === 0 ? "ok" : `${stdout}${stderr}`;
}

describe("alerts", () => {
  test("have a name of their own", () => {
    const names = alerts.map((each) => each.alert);
    expect(names).toEqual([...new Set(names)]);
    expect(names.length).toBeGreaterThan(30);
  });

  test.each(alerts.map((each) => [each.alert, each.annotations.runbook]))(
    "%s leads to a place of the documentation that exists",
    (_, runbook) => {
      const [file = "", anchor = ""] = runbook.split("#");
      expect(existsSync(join(root, file))).toBe(true);
      expect(anchorsOf(read(file))).toContain(anchor);
    },
  );

  test.each(alerts.map((each) => [each.alert, each]))(
    "%s tells by its labels what it is about",
    (_, { annotations, expr }) => {
      const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      expect(used.length).toBeGreaterThan(0);
      // Whatever an aggregation drops cannot be told.
      const kept = [...expr.matchAll(/(?:max|sum) by \(([^)]*)\)/g)].map(([, labels]) => labels);
      for (const labels of kept) {
        expect(labels?.split(", ")).toEqual(expect.arrayContaining(used));
      }
    },
  );
});

function anchorsOf(text: string): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? "");
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
}

test.each(expressions)("%j is an expression whose brackets and quotes close", (expression) => {
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  const open: string[] = [];
  for (const [bracket] of bare.matchAll(/[()[\]{}]/g)) {
    if (closes[bracket] !== undefined && open.at(-1) === closes[bracket]) open.pop();
    else open.push(bracket);
  }
  expect(open).toEqual([]);
  expect(bare).not.toContain("$");
});

test("no panel covers another one, and each says what it shows", () => {
  const shown = panels.filter(({ targets }) => targets !== undefined);
  expect(shown.length).toBeGreaterThan(30);
  expect(shown.filter(({ description = "" }) => description === "")).toEqual([]);
  for (const [index, one] of shown.entries()) {
    const { x, y, w, h } = one.gridPos;
    const covered = shown
      .slice(index + 1)
      .map((other) => ({ title: other.title, at: other.gridPos }))
      .filter(({ at }) => at.x < x + w && x < at.x + at.w && at.y < y + h && y < at.y + at.h);
    expect(covered).toEqual([]);
  }
});

test("what every service of the examples tells is scraped", () => {
  const listens = ["primary", "backup"].flatMap((name) => {
    const text = read(`examples/two-servers/${name}.yaml`);
    return [...text.matchAll(/metrics: \{ listen: "([^"]+)" \}/g)].map(([, address]) => address);
  });
  const local = read("deploy/prometheus/local.yaml");
  expect(listens).toHaveLength(5);
  expect(listens.filter((address) => !local.includes(`- ${address}\n`))).toEqual([]);
  const ports = ["primary", "backup"].flatMap((name) =>
    [...read(`deploy/config/${name}.yaml`).matchAll(/metrics: .*:(\d+)"/g)].map(([, port]) => port),
  );
  const contained = read("deploy/prometheus/prometheus.yaml");
  expect(ports).toHaveLength(5);
  expect(ports.filter((port) => !contained.includes(`:${port}"`))).toEqual([]);
});

// Never in silence: without a promtool what stands above is all that is known, and that is said.
const verdict = hasPromtool ? "agrees" : "is not installed: only the checks above were made";
test(`promtool ${verdict}`, () => {
  if (!hasPromtool) return;
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-rules-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const asRules = panelExpressions.map((expr, index) => ({ record: `panel:n${index}`, expr }));
  const file = join(folder, "panels.yaml");
  writeFileSync(file, stringify({ groups: [{ name: "panels", rules: asRules }] }));
  expect(promtool("check", "rules", own("rules.yaml"))).toBe("ok");
  expect(promtool("check", "rules", file)).toBe("ok");
  expect(promtool("check", "config", "--syntax-only", own("prometheus.yaml"))).toBe("ok");
  expect(promtool("check", "config", own("local.yaml"))).toBe("ok");
  expect(promtool("test", "rules", own("rules-test.yaml"))).toBe("ok");
});

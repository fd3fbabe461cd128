import { afterAll, beforeAll, expect, test } from "vitest";
import { askConsole } from "./console.fixture.ts";
import { openPair, type Pair } from "./pair.fixture.ts";

const heartbeat = "hot-backup-heartbeat@primary-1.service";
const channels = "hot-backup-channels@primary-1.service";
const monitor = "hot-backup-monitor@backup-1.service";
const notify = "hot-backup-notify@backup-1.service";
const consoleUnit = "hot-backup-console@console-1.service";

let pair: Pair;
beforeAll(async () => {
  pair = await openPair();
});
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
});

/** What must hold after all that is done here: a run that was replaced never tells again. */
function expectNeverTwo(): void {
  const runs = pair.runs().map(({ server, pid, term }) => `${server} ${pid} ${term}`);
  expect(runs).toEqual([...new Set(runs)]);
}

const wanderers = () => pair.primary.run("pgrep -c -f 'sleep 8765[45]' || true");

/** Does something after which the monitor has to answer anew, and resolves when it does. */
async function untilAnsweredAnew(act: () => Promise<unknown>): Promise<void> {
  const answers = async () => {
    const text = await pair.primary.journal(heartbeat);
    return text.split('"msg":"Monitor answers"').length;
  };
  const before = await answers();
  await act();
  await pair.primary.waitFor("the monitor to answer", async () => (await answers()) > before);
}

/** Resolves when the successor serves, and the monitor answers it. */
async function reloadHeartbeat(): Promise<void> {
  const before = await pair.primary.mainPid(heartbeat);
  await untilAnsweredAnew(() => pair.primary.run(`systemctl reload ${heartbeat}`));
  expect(await pair.primary.mainPid(heartbeat)).not.toBe(before);
  expect(await pair.primary.isActive(heartbeat)).toBe(true);
}

/** Waits until the monitor has told so many signals, and expects the last ones. */
async function expectSignals(count: number, ...last: string[]): Promise<void> {
  await pair.backup.waitFor(`${count} signals`, async () => (await pair.signals()).length >= count);
  const signals = await pair.signals();
  expect(signals).toHaveLength(count);
  expect(signals.slice(-last.length)).toEqual(last);
}

test("one command makes a host a server, and starts nothing that it could not check", async () => {
  const { primary, backup } = pair;
  const settled = "--certificates /certificates";
  await backup.install("--role backup", settled, "--no-start");
  await primary.install("--role primary --monitor backup-1=backup-1:7502", settled, "--no-start");
  await backup.run("echo 'channels: none' >/etc/hot-backup/backup-1/own-channels.yaml");
  const refused = await backup.fail("/source/deploy/install --role backup");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.said).toContain("/etc/hot-backup/backup-1/own-channels.yaml:1:1: channels");
  expect(await backup.isActive(notify)).toBe(false);
  await backup.run("echo 'channels: []' >/etc/hot-backup/backup-1/own-channels.yaml");
  await pair.configure();
  await backup.install("--role backup");
  await primary.install("--role primary");
  await pair.untilRunningOn("primary-1");
  expect(await pair.signals()).toEqual(["LIVE"]);
});

test("systemd finds nothing wrong with the units, and little to take away", async () => {
  const exposures = await pair.primary.run(`for each in heartbeat monitor notify console; do
    systemd-analyze verify hot-backup-$each@primary-1.service 2>&1
    systemd-analyze security --no-pager hot-backup-$each@primary-1.service |
      sed -n 's/^.*exposure level for .*: \\([0-9.]*\\) .*/\\1/p'
  done
  systemd-analyze verify hot-backup-channels@primary-1.service hot-backup@primary-1.target 2>&1`);
  const levels = exposures.split("\n").map(Number);
  expect(levels).toHaveLength(4);
  for (const level of levels) expect(level).toBeLessThan(2);
});

test("a service reads its own key, and no other", async () => {
  const keys = await pair.backup.run(`cd /etc/hot-backup/backup-1/tls/current
    stat --format '%n %U %a' *.key`);
  expect(keys.split("\n")).toEqual([
    "channels.key hot-backup-channels 400",
    "monitor.key hot-backup 400",
    "notify.key hot-backup 400",
  ]);
});

test("a console beside a server shows it, comes back, and is taken off alone", async () => {
  const { backup } = pair;
  const monitorPid = await backup.mainPid(monitor);
  await backup.install(
    "--role console --monitor backup-1=backup-1:7502 --certificates /certificates",
  );
  const seen = { page: expect.stringContaining("assets/index-"), explained: 200 };
  expect(await askConsole(backup)).toEqual(seen);
  await backup.run(`systemctl restart ${consoleUnit}`);
  expect(await askConsole(backup)).toEqual(seen);
  expect(await backup.journal(consoleUnit)).not.toMatch(
    /"level":"(?:warn|error|fatal)"|Failed with result/,
  );
  const before = await backup.mainPid(consoleUnit);
  await backup.run(`kill -KILL ${before}`);
  await backup.waitFor("the console to come back", async () => {
    return (await backup.isActive(consoleUnit)) && (await backup.mainPid(consoleUnit)) !== before;
  });
  expect(await askConsole(backup)).toEqual(seen);
  await backup.copySource("/pageless", "rm -r clients/console/dist");
  const refused = await backup.fail("/pageless/deploy/install --role backup");
  expect(refused.said).toContain("the page is not built");
  await backup.run("/source/deploy/uninstall --server console-1 --purge");
  expect(await backup.run("ls /etc/hot-backup")).toBe("backup-1");
  expect(await backup.mainPid(monitor)).toBe(monitorPid);
});

test("to install the same again changes nothing that runs", async () => {
  const units = [heartbeat, channels];
  const before = await Promise.all(units.map((unit) => pair.primary.mainPid(unit)));
  expect(await pair.primary.install("--role primary")).not.toMatch(/^(?:made|start|re)/m);
  expect(await Promise.all(units.map((unit) => pair.primary.mainPid(unit)))).toEqual(before);
});

test("a reload hands the lease to a new heartbeat service, and no channel notices", async () => {
  const run = pair.lastRun();
  await reloadHeartbeat();
  expect(await pair.untilRunningOn("primary-1")).toEqual(run);
  expect(await pair.signals()).toEqual(["LIVE"]);
});

test("a reload that the successor would not survive is refused, and changes nothing", async () => {
  const before = await pair.primary.mainPid(heartbeat);
  const file = "/etc/hot-backup/primary-1/server.yaml";
  await pair.primary.run(`sed -i.sound 's/interval: 200ms/interval: soon/' ${file}`);
  await pair.primary.fail(`systemctl reload ${heartbeat}`);
  expect(await pair.primary.mainPid(heartbeat)).toBe(before);
  expect(await pair.primary.isActive(heartbeat)).toBe(true);
  await pair.primary.run(`mv ${file}.sound ${file}`);
});

test("a restart of monitor and notify is not noticed by a channel, and is no signal", async () => {
  const run = pair.lastRun();
  await untilAnsweredAnew(() => pair.backup.run(`systemctl restart ${monitor} ${notify}`));
  expect(await pair.untilRunningOn("primary-1")).toEqual(run);
  expect(await pair.signals()).toEqual(["LIVE"]);
});

test("a restart of the channels service takes its channels with it, and is no signal", async () => {
  const before = pair.lastRun();
  await pair.primary.run(`systemctl restart ${channels}`);
  expect(await pair.primary.lives(before?.pid ?? "")).toBe(false);
  const after = await pair.untilRunningOn("primary-1");
  expect(after.term).toBeGreaterThan(before?.term ?? 0n);
  expect(await pair.signals()).toEqual(["LIVE"]);
});

test("a killed channels service leaves no process, not even one that hides", async () => {
  const before = pair.lastRun();
  await pair.primary.waitFor("the channel that hides", async () => (await wanderers()) === "2");
  await pair.primary.run(`mkdir -p /run/systemd/system/${channels}.d
    printf '[Service]\\nRestart=no\\n' >/run/systemd/system/${channels}.d/once.conf
    systemctl daemon-reload
    kill -KILL "$(systemctl show --property MainPID --value ${channels})"`);
  await pair.primary.waitFor("systemd to notice", async () => {
    return (await pair.primary.show(channels, "ActiveState")) === "failed";
  });
  expect(await wanderers()).toBe("0");
  expect(await pair.primary.lives(before?.pid ?? "")).toBe(false);
  await pair.primary.run(`rm -r /run/systemd/system/${channels}.d
    systemctl daemon-reload
    systemctl start ${channels}`);
  await pair.untilRunningOn("primary-1");
  expectNeverTwo();
});

test("a frozen service is killed by its watchdog, and goes on", async () => {
  const seen = (await pair.signals()).length;
  // Longer than the threshold, so that the freeze is a failure of the server first.
  await pair.primary.run(`mkdir -p /run/systemd/system/${heartbeat}.d
    printf '[Service]\\nWatchdogSec=40s\\n' >/run/systemd/system/${heartbeat}.d/watchdog.conf
    systemctl daemon-reload`);
  await reloadHeartbeat();
  const before = await pair.primary.mainPid(heartbeat);
  await pair.primary.run(`kill -STOP ${before}`);
  await pair.untilRunningOn("backup-1");
  await pair.untilRunningOn("primary-1");
  expect(await pair.primary.lives(before)).toBe(false);
  expect(await pair.primary.journal(heartbeat)).toContain("Watchdog timeout");
  await expectSignals(seen + 2, "DEAD", "LIVE");
  expectNeverTwo();
});

test("a machine that lost power gets its work back when it has booted", async () => {
  const seen = (await pair.signals()).length;
  const { term } = await pair.untilRunningOn("primary-1");
  await pair.primary.cutPower();
  await pair.untilRunningOn("backup-1");
  await pair.primary.bootAgain();
  expect((await pair.untilRunningOn("primary-1")).term).toBe(term + 2n);
  await expectSignals(seen + 2, "DEAD", "LIVE");
  expectNeverTwo();
});

test("a server that is stopped says CLOSE, and nobody takes its place", async () => {
  const seen = (await pair.signals()).length;
  await pair.primary.run("systemctl stop hot-backup@primary-1.target");
  await expectSignals(seen + 1, "CLOSE");
  const stopped = pair.lastRun();
  await pair.primary.run("systemctl start hot-backup@primary-1.target");
  await pair.untilRunningOn("primary-1");
  await expectSignals(seen + 2, "CLOSE", "LIVE");
  const runs = pair.runs();
  expect(runs.at(-2)).toEqual(stopped);
  expectNeverTwo();
});

test("a new release takes over, service by service, and is no signal", async () => {
  const seen = (await pair.signals()).length;
  const { primary } = pair;
  const bump = `sed -i 's/"version": "[0-9.]*"/"version": "99.0.0"/' package.json`;
  await primary.copySource("/newer", bump);
  expect(await primary.run("/newer/deploy/install --role primary --no-restart")).toMatch(
    /left .* older release/,
  );
  await primary.run("/newer/deploy/install --role primary");
  const running = await primary.run(
    "pgrep -a -f '^/opt/hot-backup/releases/[^ ]*/bin/node' | cut -d ' ' -f 2",
  );
  expect(running.split("\n")).toHaveLength(2);
  for (const each of running.split("\n")) expect(each).toContain("/releases/99.0.0-");
  await pair.untilRunningOn("primary-1");
  expect(await pair.signals()).toHaveLength(seen);
  expectNeverTwo();
});

test("what is taken off keeps what it knew, until it is purged", async () => {
  const { primary } = pair;
  await primary.run("/source/deploy/uninstall --server primary-1");
  expect(await primary.run("ls /opt /etc/systemd/system")).not.toContain("hot-backup");
  expect(await primary.run("ls /var/lib/hot-backup/primary-1/channels")).toContain("channels.db");
  expect(await primary.run("pgrep -c node || true")).toBe("0");
  await primary.install("--role primary");
  await pair.untilRunningOn("primary-1");
  await primary.run("/source/deploy/uninstall --server primary-1 --purge");
  expect(await primary.run("ls /opt /etc /var/lib; cat /etc/passwd")).not.toContain("hot-backup");
});

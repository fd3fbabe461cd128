// The load: a process that is many watched servers at once. It spreads their heartbeats evenly over
// the interval and answers each order of its parent (see load.ts) with what it counted since the
// last one. Usage: fork with the options as JSON.

import { percentile } from "./report.ts";
import { type LoadReport, loadOptions, loadOrder } from "./load-messages.ts";
import { connectSimulatedServer, type SimulatedServer } from "./simulated-server.ts";

/**
 * Short against every interval that is measured, long enough to leave the processor to the work.
 */
const tickMs = 4;

/** More at once would overflow the listen backlog of the server. */
const connectsMax = 50;

const options = loadOptions.parse(JSON.parse(process.argv[2] ?? ""));
const servers: SimulatedServer[] = [];
const roundTripsMs: number[] = [];
const counts = { sent: 0, answered: 0 };
let isBeating = true;
let next = 0;
let owed = 0;
let lastMs = performance.now();

// A parent that died must not leave the load behind.
process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  const order = loadOrder.parse(message);
  isBeating = order === "beat" || (order === "tell" && isBeating);
  process.send?.(report());
});
setInterval(tick, tickMs);
await Promise.all(Array.from({ length: connectsMax }, (_, lane) => connectLane(lane)));

async function connectLane(lane: number): Promise<void> {
  for (let index = lane; index < options.servers; index += connectsMax) {
    const server = await connectSimulatedServer({
      ...options,
      serverId: `server-${index}`,
      onAnswer: (roundTripMs) => {
        counts.answered += 1;
        roundTripsMs.push(roundTripMs);
      },
    });
    servers.push(server);
  }
}

// One server after the other, each once per interval: as many per tick as the time that has passed
// asks for.
function tick(): void {
  const nowMs = performance.now();
  if (isBeating) owed += ((nowMs - lastMs) / options.intervalMs) * servers.length;
  lastMs = nowMs;
  for (; owed >= 1; owed -= 1) {
    // A place in the list, which grows while servers connect, so that nobody is passed over.
    if (next >= servers.length) next = 0;
    servers[next]?.beat();
    next += 1;
    counts.sent += 1;
  }
}

function report(): LoadReport {
  const told = {
    connected: servers.length,
    leased: servers.filter((server) => server.hasLease).length,
    unfit: servers.filter((server) => server.unfitBecause !== "").length,
    ended: servers.filter((server) => server.endedBecause !== "").length,
    example: servers.flatMap((each) => each.endedBecause || each.unfitBecause || [])[0] ?? "",
    ...counts,
    roundTripP50Ms: percentile(roundTripsMs, 0.5),
    roundTripP99Ms: percentile(roundTripsMs, 0.99),
  };
  counts.sent = 0;
  counts.answered = 0;
  roundTripsMs.length = 0;
  return told;
}

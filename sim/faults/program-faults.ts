// Faults of channels and of the SMTP server: programs that crash, are slow to stop, or ignore
// SIGTERM; mail that is put off, refused a connection, or dropped after its last line.

import type { SmtpMood } from "../services/notify-host.ts";
import { type Fault, tellFault } from "./fault.ts";

const moods: readonly SmtpMood[] = ["away", "deferring", "dropping_before", "dropping_after"];

export const programFaults: readonly Fault[] = [
  {
    kind: "program_crash",
    weight: 2,
    lastsMs: [0, 0],
    begin: (strike) => {
      const { runs, process } = strike.random.pick(strike.cast.channels);
      if (runs.size === 0) return undefined;
      const [name, run] = strike.random.pick([...runs]);
      tellFault(strike, "program crash", `${name} on ${process.machine.name}`);
      run.crash();
      return undefined;
    },
  },
  {
    kind: "stubborn_program",
    weight: 2,
    lastsMs: [3000, 15_000],
    begin: (strike) => {
      const { manners, process } = strike.random.pick(strike.cast.channels);
      tellFault(strike, "programs ignore SIGTERM", process.machine.name);
      for (const each of manners.values()) each.isStubborn = true;
      return () => {
        for (const each of manners.values()) each.isStubborn = false;
      };
    },
  },
  {
    kind: "slow_program",
    weight: 2,
    lastsMs: [3000, 15_000],
    begin: (strike) => {
      const { random, cast } = strike;
      const { manners, process } = random.pick(cast.channels);
      tellFault(strike, "programs are slow", process.machine.name);
      const usual = [...manners.values()].map((each) => ({ ...each }));
      for (const each of manners.values()) {
        each.stopMs = random.between(300, 2500);
        each.readyMs = random.between(300, 2500);
      }
      return () => {
        for (const [index, each] of [...manners.values()].entries()) {
          each.stopMs = usual[index]?.stopMs ?? 0;
          each.readyMs = usual[index]?.readyMs ?? 0;
        }
      };
    },
  },
  {
    kind: "smtp",
    weight: 3,
    lastsMs: [500, 12_000],
    begin: (strike) => {
      const notify = strike.random.pick(strike.cast.notifies);
      const mood = strike.random.pick(moods);
      tellFault(strike, "SMTP server", mood);
      notify.mood = mood;
      return () => {
        notify.mood = "well";
      };
    },
  },
];

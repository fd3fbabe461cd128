// JSON lines on standard output. A log line is a fixed message with values as fields.

import { type Logger, pino } from "pino";

export type { Logger };

/** Levels an operator can choose, from quiet to chatty. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Most bytes that wait for a slow reader of standard output. Lines beyond it are dropped. */
const backlogBytesMax = 16 * 1024 * 1024;

/** A logger whose every line names the service and the server instance. */
export function openLog(service: string, options: { server: string; level: LogLevel }): Logger {
  // Never waits for the reader of standard output: a frozen terminal must not stop heartbeats.
  // pino flushes only what may be kept back, so that minLength must not be 0.
  const output = { fd: 1, sync: false, minLength: 1, maxLength: backlogBytesMax };
  return pino(
    {
      level: options.level,
      base: { service, server: options.server, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination(output),
  );
}

/** How long the end of a process may wait for whoever reads its log. */
const flushMsMax = 1000;

/** Resolves when every line has been written, or when nobody takes them in time. */
export function flushLog(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(resolve, flushMsMax);
    log.flush(() => {
      clearTimeout(giveUp);
      resolve();
    });
  });
}

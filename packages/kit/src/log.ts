// JSON lines on standard output. A log line is a fixed message with values as fields.

import { type Logger, pino } from "pino";

export type { Logger };

/** Levels an operator can choose, from quiet to chatty. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A logger whose every line names the service and the server instance. */
export function openLog(service: string, options: { server: string; level: LogLevel }): Logger {
  return pino({
    level: options.level,
    base: { service, server: options.server, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

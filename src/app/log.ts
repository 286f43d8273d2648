import { type Logger, pino } from "pino";
import type { LogLevel } from "./config/configuration.ts";

/** Logs as JSON lines to stderr; stdout belongs to the `ready` line and to what a command was asked to print. */
export function createLog(level: LogLevel): Logger {
  // Synchronous, so that the last words before an exit are not lost; nothing logs per packet.
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

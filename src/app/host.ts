import { type Clock, systemClock } from "../core/clock.ts";
import { startServer } from "./server.ts";

/** What a command needs of the process it runs in; tests give their own. */
export interface Host {
  /** Writes a line for whoever asked: stdout. */
  print(line: string): void;
  /** Writes a line about what is wrong: stderr. */
  complain(line: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly startServer: typeof startServer;
  /** Calls `onStop` with the signal's name at each SIGTERM or SIGINT. */
  onStop(onStop: (signal: string) => void): void;
  /** Calls `onBug` with what nobody caught, instead of ending the process and every call with it. */
  onBug(onBug: (error: unknown) => void): void;
}

/** The process itself. */
export function processHost(): Host {
  return {
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    environment: process.env,
    clock: systemClock(),
    startServer,
    onStop(onStop) {
      process.on("SIGTERM", onStop);
      process.on("SIGINT", onStop);
    },
    onBug(onBug) {
      process.on("uncaughtException", onBug);
      process.on("unhandledRejection", onBug);
    },
  };
}

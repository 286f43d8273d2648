import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Where the two processes run, and under what command the server's is started. */
export interface Placement {
  /** For the reader of the figures. */
  readonly description: string;
  /** What stands before the measured process's command; empty for nothing. */
  readonly under: readonly string[];
}

const SERVER_CORE = "0";
const LOAD_CORE = "1";
/** Above every ordinary process, below what the kernel itself runs. */
const PRIORITY = "10";

/**
 * Keeps server and load apart where the machine can: the server on one core, this process on another. With `realtime` no
 * other process takes a core away from them.
 */
export function placeOnCores(realtime: boolean): Placement {
  const pid = String(process.pid);
  const pinned = availableParallelism() > 1 && runs("taskset", "-a", "-c", "-p", LOAD_CORE, pid);
  const preferred = realtime && runs("chrt", "-a", "-r", "-p", PRIORITY, pid);
  if (realtime && !preferred)
    throw new Error("real-time priority is not to be had here: leave --realtime out");
  const where = pinned ? "the server alone on one core, the load on another" : "not pinned to cores";
  return {
    description: preferred ? `${where}, both before every other process` : where,
    under: [
      ...(pinned ? ["taskset", "-c", SERVER_CORE] : []),
      ...(preferred ? ["chrt", "-r", PRIORITY] : []),
    ],
  };
}

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

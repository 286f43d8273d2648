import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import { Host } from "./host.ts";
import type { Down, Up } from "./protocol.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly bindAddress: string;
}

/** The media worker's thread: a host behind the message port. It ends when its parent ends it. */
function serve(): void {
  if (parentPort === null) return;
  const parent = parentPort;
  const { bindAddress } = workerData as WorkerStart;
  const tell = (message: Up) => parent.postMessage(message);
  const host = new Host({ bindAddress, clock: systemClock(), random: Math.random, tell });
  parent.on("message", (message: Down) => host.receive(message));
}

serve();

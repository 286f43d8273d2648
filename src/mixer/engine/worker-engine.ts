import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { Engine } from "./engine.ts";
import type { Channel } from "./link.ts";
import type { EngineOptions, MediaEngine } from "./media-engine.ts";
import type { Up } from "./protocol.ts";
import type { WorkerStart } from "./worker.ts";

export interface WorkerEngineOptions extends EngineOptions {
  /** How many media workers; one per core but one, at least one, unless said otherwise. */
  readonly workers?: number;
  /** Starts a worker thread on `file`. */
  readonly start?: (file: URL, data: WorkerStart) => Worker;
}

/** The same name and extension beside this file, whether it runs as TypeScript or compiled. */
const WORKER_FILE = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** The media engine of a server: its hosts run in worker threads. Resolves when all have started. Error: `media.engine-lost`. */
export async function createWorkerEngine(
  options: WorkerEngineOptions,
): Promise<Result<MediaEngine, Failure>> {
  const count = options.workers ?? Math.max(1, availableParallelism() - 1);
  const start = options.start ?? ((file, workerData) => new Worker(file, { workerData }));
  const startOne = () => start(WORKER_FILE, { bindAddress: options.bindAddress });
  const workers = Array.from({ length: count }, startOne);
  try {
    await Promise.all(workers.map((worker) => once(worker, "online")));
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    return err(failure("media.engine-lost", String(error)));
  }
  const replacement = () => workerChannel(startOne());
  return ok(new Engine(workers.map(workerChannel), options, systemClock(), Math.random, replacement));
}

function workerChannel(worker: Worker): Channel {
  return {
    post: (message) => worker.postMessage(message),
    connect(onMessage, onEnd) {
      worker.on("message", (message: Up) => onMessage(message));
      // "exit" always follows and is acted on; the error itself is a bug, to be seen.
      worker.on("error", (error) =>
        console.error("a media worker died; this is a bug of Floorwalker:", error),
      );
      worker.on("exit", onEnd);
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** The measured process: a whole server with a generated configuration, which answers for its CPU time and memory. */
import { pino } from "pino";
import { loadConfiguration } from "../../src/app/config/load.ts";
import { startServer } from "../../src/app/server.ts";
import { messageOf } from "../../src/core/failure.ts";

export type Question = "cpu" | "memory" | "close";

export type Answer =
  | { readonly type: "ready"; readonly addresses: readonly string[] }
  | { readonly type: "failed"; readonly why: string }
  /** User and system time of all threads since the process began, ms. */
  | { readonly type: "cpu"; readonly ms: number }
  /** Bytes after a collection: of the whole process, and of the main thread's heap. */
  | { readonly type: "memory"; readonly resident: number; readonly heap: number };

function tell(answer: Answer): void {
  process.send?.(answer);
}

async function serve(path: string): Promise<void> {
  const configuration = loadConfiguration(path);
  if (!configuration.ok) return tell({ type: "failed", why: configuration.error.map(messageOf).join("\n") });
  const server = await startServer(configuration.value, pino({ level: configuration.value.log.level }));
  if (!server.ok) return tell({ type: "failed", why: messageOf(server.error) });

  process.on("message", (question: Question) => {
    switch (question) {
      case "cpu": {
        const { user, system } = process.cpuUsage();
        return tell({ type: "cpu", ms: (user + system) / 1000 });
      }
      case "memory": {
        globalThis.gc?.();
        const { rss, heapUsed } = process.memoryUsage();
        return tell({ type: "memory", resident: rss, heap: heapUsed });
      }
      case "close":
        void server.value.close().then(() => process.disconnect?.());
    }
  });
  tell({ type: "ready", addresses: server.value.addresses });
}

await serve(process.argv[2] ?? "");

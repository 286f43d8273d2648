/** What the load asks a measured process, and what that answers. */
export type Question = "cpu" | "memory" | "close";

export type Answer =
  | { readonly type: "ready"; readonly addresses: readonly string[] }
  | { readonly type: "failed"; readonly why: string }
  /** User and system time of all threads since the process began, ms. */
  | { readonly type: "cpu"; readonly ms: number }
  /** Bytes after a collection: of the whole process, and of the main thread's heap. */
  | { readonly type: "memory"; readonly resident: number; readonly heap: number };

/** A measured process's side: says that it is ready, answers, and ends as it is told. */
export function answerFor(addresses: readonly string[], close: () => Promise<void>): void {
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
        void close().then(() => process.disconnect?.());
    }
  });
  // A load that fails leaves no process behind.
  process.on("disconnect", () => process.exit());
  tell({ type: "ready", addresses });
}

export function tell(answer: Answer): void {
  process.send?.(answer);
}

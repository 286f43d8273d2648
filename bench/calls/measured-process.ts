import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer, Question } from "./protocol.ts";

/** What stands before the command of a process, such as `taskset -c 0`, and flags for its Node. */
export interface Launch {
  readonly under: readonly string[];
  readonly flags: readonly string[];
}

/** A process beside the load's own, which answers for its CPU time and memory. */
export class MeasuredProcess {
  /** Where it is reached, as URLs. */
  readonly addresses: readonly string[];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, addresses: readonly string[]) {
    this.#process = process;
    this.addresses = addresses;
  }

  /** Starts a file beside this one; resolves when it says that it is ready. */
  static async start(file: string, argument: string, { under, flags }: Launch): Promise<MeasuredProcess> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const node = [process.execPath, "--expose-gc", ...flags, path, argument];
    const [command = process.execPath, ...rest] = [...under, ...node];
    const child = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const answer = await nextAnswer(child);
    if (answer.type === "failed") throw new Error(`${file} does not start: ${answer.why}`);
    if (answer.type !== "ready") throw new Error(`${file} begins with ${answer.type}`);
    return new MeasuredProcess(child, answer.addresses);
  }

  /** CPU time of all its threads so far, ms. */
  async cpuMs(): Promise<number> {
    const answer = await this.#ask("cpu");
    return answer.type === "cpu" ? answer.ms : Number.NaN;
  }

  /** Bytes after a collection: of the whole process, and of the main thread's heap. */
  async memory(): Promise<{ readonly resident: number; readonly heap: number }> {
    const answer = await this.#ask("memory");
    return answer.type === "memory" ? answer : { resident: Number.NaN, heap: Number.NaN };
  }

  /** Ends it; resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.send("close");
    await once(this.#process, "exit");
  }

  async #ask(question: Question): Promise<Answer> {
    const answer = nextAnswer(this.#process);
    this.#process.send(question);
    return answer;
  }
}

async function nextAnswer(child: ChildProcess): Promise<Answer> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error("the measured process has ended"));
  child.once("exit", onExit);
  try {
    const [answer] = await once(child, "message", { signal: ended.signal });
    return answer;
  } finally {
    child.off("exit", onExit);
  }
}

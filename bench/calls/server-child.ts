import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Server } from "../../test/support/phone/link.ts";
import type { Answer, Question } from "./server-process.ts";

const SERVER_FILE = fileURLToPath(new URL("./server-process.ts", import.meta.url));

/** The server in its process, as the load sees it. */
export class ServerChild {
  /** Where phones reach it. */
  readonly sip: Server;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, sip: Server) {
    this.#process = process;
    this.sip = sip;
  }

  /** Starts a server on a configuration file, under a command such as `taskset -c 0` and with flags for Node. */
  static async start(path: string, under: readonly string[], flags: readonly string[]): Promise<ServerChild> {
    const node = [process.execPath, "--expose-gc", ...flags, SERVER_FILE, path];
    const [command = process.execPath, ...rest] = [...under, ...node];
    const child = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const answer = await nextAnswer(child);
    if (answer.type === "failed") throw new Error(`the server does not start: ${answer.why}`);
    if (answer.type !== "ready") throw new Error(`the server begins with ${answer.type}`);
    const port = Number(answer.addresses[0]?.split(":").at(-1));
    return new ServerChild(child, { address: "127.0.0.1", port, transport: "udp" });
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

  /** Ends the server; resolves when its process is gone. */
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
  const onExit = () => ended.abort(new Error("the server process has ended"));
  child.once("exit", onExit);
  try {
    const [answer] = await once(child, "message", { signal: ended.signal });
    return answer;
  } finally {
    child.off("exit", onExit);
  }
}

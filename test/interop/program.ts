import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "../support/phone/until.ts";

/** How long a program may take to end after it was asked to, ms; then it is killed. */
const STOP_MS = 5_000;

export interface ProgramOptions {
  readonly cwd?: string;
  /** Whether it leads a process group of its own, as a command does that is typed at a terminal. */
  readonly ownGroup?: boolean;
}

/** One program of the machine, run as a child of the test and ended by its own process id alone. */
export class Program {
  readonly name: string;
  /** Its exit code once it has ended; `null` where a signal ended it. */
  exitCode: number | null | undefined;
  /** All that it has printed so far, standard output and error as they came. */
  output = "";
  readonly #child: ChildProcess;
  readonly #ownGroup: boolean;

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.name = [command, ...args].join(" ");
    this.#ownGroup = options.ownGroup ?? false;
    this.#child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: options.ownGroup ?? false,
    });
    const keep = (text: string) => {
      this.output += text;
    };
    this.#child.stdout?.setEncoding("utf8").on("data", keep);
    this.#child.stderr?.setEncoding("utf8").on("data", keep);
    this.#child.once("error", (error) => {
      keep(`${error.message}\n`);
      this.exitCode = null;
    });
    this.#child.once("close", (code) => {
      this.exitCode = code;
    });
  }

  get isRunning(): boolean {
    return this.exitCode === undefined;
  }

  /** The first match of `pattern` in what it prints. Rejects, with what it printed, when it ends or takes too long first. */
  async prints(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const found = () => pattern.exec(this.output);
    await until(`${pattern}`, () => found() !== null || !this.isRunning, timeoutMs).catch(() => undefined);
    const match = found();
    if (match === null) throw new Error(`${this.name} did not print ${pattern}:\n${this.output}`);
    return match;
  }

  /** Resolves to the exit code when it ends by itself. */
  async ended(timeoutMs: number): Promise<number | null> {
    await until(`the end of ${this.name}`, () => !this.isRunning, timeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
    return this.exitCode ?? null;
  }

  /** SIGTERM, and SIGKILL if that does not end it; resolves to the exit code, `null` where it had to be killed. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#endOrKill();
  }

  /** Ctrl-C at its terminal: SIGINT to every process of its group. Resolves as `stop` does. */
  async interrupt(): Promise<number | null> {
    this.#signalGroup("SIGINT");
    return this.#endOrKill();
  }

  /** SIGKILL: for what has nothing to tidy up. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#endOrKill();
  }

  async #endOrKill(): Promise<number | null> {
    if (this.exitCode !== undefined) return this.exitCode;
    const closed = once(this.#child, "close");
    const killer = setTimeout(() => {
      if (this.#ownGroup) this.#signalGroup("SIGKILL");
      else this.#child.kill("SIGKILL");
    }, STOP_MS);
    await closed;
    clearTimeout(killer);
    return this.exitCode ?? null;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (!this.#ownGroup || this.#child.pid === undefined) throw new Error(`${this.name} leads no group`);
    process.kill(-this.#child.pid, signal);
  }
}

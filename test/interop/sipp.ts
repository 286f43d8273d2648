import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/phone/until.ts";
import { freeBlock } from "./free-block.ts";
import { Program } from "./program.ts";

const SCENARIOS = join(import.meta.dirname, "sipp");

type Transport = "udp" | "tcp";

export interface SippPhoneOptions {
  readonly extension: string;
  readonly password: string;
  /** Ports of the server on 127.0.0.1. */
  readonly server: Readonly<Record<Transport, number>>;
}

export interface SippRunOptions {
  /** How many calls; 1 where it is left out. */
  readonly calls?: number;
  /** New calls a second, and how many may be up at a time. */
  readonly rate?: number;
  readonly concurrent?: number;
  readonly transport?: Transport;
  /** Whom it calls. */
  readonly dials?: string;
  /** The port that its SDP gives for its audio, where the scenario asks for [audio]. */
  readonly audio?: number;
  readonly timeoutSeconds?: number;
}

/** What SIPp counted, by its own statistics file. */
export interface SippOutcome {
  /** 0 only if every call went as the scenario says. */
  readonly exitCode: number | null;
  readonly successful: number;
  readonly failed: number;
  /** Requests and responses that had to be sent again. */
  readonly retransmissions: number;
  /** Why calls failed: the messages that were not expected. Empty where none did. */
  readonly errors: string;
}

/** An extension played by SIPp: every run uses the same SIP port, so that a registration outlives the run that made it. */
export class SippPhone {
  readonly #options: SippPhoneOptions;
  readonly #port: number;
  readonly #folder: string;
  readonly #programs: Program[] = [];

  private constructor(options: SippPhoneOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.#folder = mkdtempSync(join(tmpdir(), `sipp-${options.extension}-`));
  }

  static async create(options: SippPhoneOptions): Promise<SippPhone> {
    return new SippPhone(options, await freeBlock(8));
  }

  /** Registers; resolves to SIPp's verdict. */
  async register(options: SippRunOptions = {}): Promise<SippOutcome> {
    return this.run("register", options);
  }

  /** Plays one of the scenarios to its end. */
  async run(scenario: string, options: SippRunOptions = {}): Promise<SippOutcome> {
    return this.#play(scenario, options).outcome();
  }

  /** Begins a callee's scenario; resolves once SIPp listens for calls. */
  async begin(scenario: string, options: SippRunOptions = {}): Promise<SippRun> {
    const run = this.#play(scenario, options);
    await until(`${scenario} listens`, () => listensByUdp(this.#port) || !run.program.isRunning, 10_000);
    return run;
  }

  #play(scenario: string, options: SippRunOptions): SippRun {
    const folder = mkdtempSync(join(this.#folder, `${scenario}-`));
    const run = new SippRun(folder, this.#arguments(scenario, options), options.timeoutSeconds ?? 20);
    this.#programs.push(run.program);
    return run;
  }

  /** Ends what still runs: a callee that nobody called would hold the port. */
  async endRuns(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.kill()));
  }

  /** Ends what still runs, and removes its files. */
  async stop(): Promise<void> {
    await this.endRuns();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #arguments(scenario: string, options: SippRunOptions): string[] {
    const { extension, password, server } = this.#options;
    const {
      calls = 1,
      rate = 10,
      concurrent = 10,
      transport = "udp",
      dials = extension,
      audio = 0,
    } = options;
    return [
      `127.0.0.1:${server[transport]}`,
      ...["-sf", join(SCENARIOS, `${scenario}.xml`), "-nostdin"],
      ...["-i", "127.0.0.1", "-p", `${this.#port}`, "-t", transport === "udp" ? "u1" : "t1"],
      ...["-mi", "127.0.0.1", "-mp", `${this.#port + 2}`, "-cp", `${this.#port + 6}`],
      ...["-au", extension, "-ap", password, "-s", dials],
      ...["-key", "user", extension, "-key", "audio", `${audio}`],
      ...["-m", `${calls}`, "-r", `${rate}`, "-l", `${concurrent}`],
    ];
  }
}

/** One run of SIPp. */
class SippRun {
  readonly program: Program;
  readonly #timeoutSeconds: number;
  readonly #statistics: string;
  readonly #errors: string;

  constructor(folder: string, parameters: readonly string[], timeoutSeconds: number) {
    this.#timeoutSeconds = timeoutSeconds;
    this.#statistics = join(folder, "statistics.csv");
    this.#errors = join(folder, "errors.log");
    this.program = new Program("sipp", [
      ...parameters,
      ...["-timeout", `${timeoutSeconds}`, "-timeout_error"],
      ...["-trace_stat", "-stf", this.#statistics, "-trace_err", "-error_file", this.#errors],
    ]);
  }

  /** Resolves at its end. */
  async outcome(): Promise<SippOutcome> {
    const exitCode = await this.program.ended((this.#timeoutSeconds + 5) * 1000);
    const sums = readStatistics(readFileSync(this.#statistics, "utf8"));
    return { exitCode, ...sums, errors: readIfThere(this.#errors) };
  }
}

/** The last line of the file holds the sums of the run. */
function readStatistics(text: string): Omit<SippOutcome, "exitCode" | "errors"> {
  const [names = [], ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.split(";"));
  const sum = (name: string) => Number(rows.at(-1)?.[names.indexOf(`${name}(C)`)]);
  return {
    successful: sum("SuccessfulCall"),
    failed: sum("FailedCall"),
    retransmissions: sum("Retransmissions"),
  };
}

/** Looked up in the kernel's table: to try the port oneself could take it from SIPp. */
function listensByUdp(port: number): boolean {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/udp", "utf8").includes(` ${address} `);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freeBlock, isFree } from "./free-block.ts";
import { Program } from "./program.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const MEDIA_PORTS = 200;

export const USERS = {
  agent: { extension: "1001", password: "agent-secret", role: "agent", team: "sales" },
  otherAgent: { extension: "1002", password: "other-secret", role: "agent", team: "sales" },
  customer: { extension: "2001", password: "customer-secret", role: "customer" },
  supervisor: { extension: "3001", password: "supervisor-secret", role: "supervisor", supervises: ["sales"] },
} as const;

/** The server as a user runs it, on free ports of 127.0.0.1, with a database of its own. */
export class Floorwalker {
  /** For UDP and TCP. */
  readonly port: number;
  /** Inclusive. */
  readonly mediaPorts: { readonly low: number; readonly high: number };
  readonly #folder: string;
  readonly #program: Program;

  private constructor(port: number, folder: string, program: Program) {
    this.port = port;
    this.mediaPorts = { low: port + 2, high: port + 1 + MEDIA_PORTS };
    this.#folder = folder;
    this.#program = program;
  }

  /** `npm start -- --config FILE`; resolves once it has said that it is ready. */
  static async start(): Promise<Floorwalker> {
    const port = await freeBlock(MEDIA_PORTS + 2);
    const folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
    const file = join(folder, "floorwalker.yaml");
    writeFileSync(file, stringify(configuration(folder, port)));
    const program = new Program("npm", ["start", "--silent", "--", "--config", file], {
      cwd: REPOSITORY,
      ownGroup: true,
    });
    const server = new Floorwalker(port, folder, program);
    await program.prints(/^ready .*$/m).catch(async (error: Error) => {
      await server.remove();
      throw error;
    });
    return server;
  }

  /** What it has printed so far: the `ready` line and its log. */
  get output(): string {
    return this.#program.output;
  }

  get database(): string {
    return join(this.#folder, "floorwalker.db");
  }

  /** SIGTERM, as a service manager sends it; resolves to the exit code, `null` where it had to be killed after 5 s. */
  async stop(): Promise<number | null> {
    return this.#program.stop();
  }

  /** Ctrl-C; resolves as `stop` does. */
  async interrupt(): Promise<number | null> {
    return this.#program.interrupt();
  }

  /** Whether nobody has its ports: those of SIP and of media. */
  async portsAreFree(): Promise<boolean> {
    return isFree(this.port, MEDIA_PORTS + 2);
  }

  /** Ends it where it still runs, and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, port: number): unknown {
  return {
    sip: { listen: [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`], domain: "floor.example" },
    // baresip 1.0 gives up at any challenge of SHA-256, even where MD5 is offered before it.
    auth: { algorithms: ["MD5"] },
    media: { ports: `${port + 2}-${port + 1 + MEDIA_PORTS}`, codecs: ["pcma", "pcmu"] },
    users: Object.values(USERS),
    store: { path: join(folder, "floorwalker.db") },
    log: { level: "info" },
  };
}

import { pino } from "pino";
import { readConfiguration } from "../../src/app/config/load.ts";
import { type Counts, type RunningServer, type Substitutes, startServer } from "../../src/app/server.ts";
import { messageOf } from "../../src/core/failure.ts";
import type { Server } from "./phone/link.ts";
import { until } from "./phone/until.ts";

/** A real server on loopback, with sockets, a media worker and a database. */
export interface TestServer extends RunningServer {
  readonly udp: Server;
  readonly tcp: Server;
  /** Resolves when nothing of any call is left: no call, session, transaction, port or supervision. */
  quiet(timeoutMs?: number): Promise<void>;
}

export interface TestServerOptions {
  readonly substitutes?: Substitutes;
  /** YAML put behind `media:` beside the ports, for example `timeout: 1`. */
  readonly media?: string;
  /** The media ports, where a test wants few of them. */
  readonly ports?: string;
  /** YAML put behind `sip:` beside the addresses. */
  readonly sip?: string;
}

/**
 * Timers a hundredth as long as RFC 3261's, where nothing is lost on the way: what lingers after a call is gone within a
 * third of a second.
 */
const TEST_TIMERS = { t1: 5, t2: 40, t4: 50 };

/** SIP on two free ports of loopback; `sip:` and `media:` are ours, the rest is the test's. */
export async function startTestServer(yaml: string, options: TestServerOptions = {}): Promise<TestServer> {
  const { media = "timeout: 60", ports = "30000-39999", sip, substitutes } = options;
  const configuration = readConfiguration(
    `
sip: { listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"], domain: 127.0.0.1${sip === undefined ? "" : `, ${sip}`} }
media: { ports: ${ports}, ${media} }
${yaml}`,
    "test.yaml",
    {},
  );
  if (!configuration.ok) throw new Error(configuration.error.map(messageOf).join("\n"));
  const log = pino({ level: "silent" });
  const started = await startServer(configuration.value, log, { timers: TEST_TIMERS, ...substitutes });
  if (!started.ok) throw new Error(messageOf(started.error));
  const server = started.value;
  return {
    ...server,
    udp: serverOf(server, "udp"),
    tcp: serverOf(server, "tcp"),
    async quiet(timeoutMs = 5_000) {
      const isQuiet = (): boolean => Object.values(server.counts()).every((count) => count === 0);
      await until("nothing left of any call", isQuiet, timeoutMs).catch((error: Error) => {
        throw new Error(`${error.message}: ${show(server.counts())}`);
      });
    },
  };
}

function serverOf(server: RunningServer, transport: "udp" | "tcp"): Server {
  const url = server.addresses.find((address) => address.startsWith(`${transport}:`));
  return { address: "127.0.0.1", port: Number(url?.split(":").at(-1)), transport };
}

function show(counts: Counts): string {
  return JSON.stringify(counts);
}

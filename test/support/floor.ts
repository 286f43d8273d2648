import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../../src/supervision/ledger/chain.ts";
import { createPhone, type Phone, type PhoneOptions } from "./phone/phone.ts";
import type { PhoneCall } from "./phone/phone-call.ts";
import { until } from "./phone/until.ts";
import { startTestServer, type TestServer, type TestServerOptions } from "./server.ts";

/** The phones of the floor, each with its own tone. */
export const TONES = { agent: 500, customer: 800, supervisor: 1250, second: 1800 } as const;
export type Who = keyof typeof TONES;

export const EXTENSIONS = { agent: "1001", customer: "2001", supervisor: "3001", second: "3002" } as const;

/** A tone counts as heard above, as absent below. What G.711 makes of a sine at full level stays under -50 dBFS elsewhere. */
const HEARD_DBFS = -25;
const ABSENT_DBFS = -50;
/** Every level is measured over this long; a change is to be looked at only when so much time has passed since. */
const WINDOW_MS = 200;

export interface FloorOptions extends TestServerOptions {
  /** YAML put behind the floor's own `supervision:` key, for example `{ afterCall: wait }`. */
  readonly supervision?: string;
  /** What differs from the usual phone. */
  readonly phones?: Partial<Record<Who, Partial<PhoneOptions>>>;
}

/** A running server with an agent, a customer and two supervisors registered. */
export class Floor {
  readonly server: TestServer;
  readonly phones: Readonly<Record<Who, Phone>>;
  readonly #folder: string;

  constructor(server: TestServer, phones: Record<Who, Phone>, folder: string) {
    this.server = server;
    this.phones = phones;
    this.#folder = folder;
  }

  /** The customer calls the agent, who answers; resolves when both hear each other. */
  async call(): Promise<{ readonly customer: PhoneCall; readonly agent: PhoneCall }> {
    const customer = await this.phones.customer.call(EXTENSIONS.agent);
    await customer.answered();
    const agent = await this.phones.agent.nextCall();
    await hears(agent, ["customer"]);
    await hears(customer, ["agent"]);
    return { customer, agent };
  }

  /** A supervisor dials a feature code and the agent's extension; resolves once answered. */
  async supervise(code: string, who: "supervisor" | "second" = "supervisor"): Promise<PhoneCall> {
    const leg = await this.phones[who].call(`${code}${EXTENSIONS.agent}`);
    await leg.answered();
    return leg;
  }

  /** The ledger as it stands, its chain verified. */
  ledger(): readonly Entry[] {
    const entries = this.server.store.ledger.read();
    const verified = this.server.store.ledger.verify();
    if (!entries.ok || !verified.ok) throw new Error("the ledger is broken");
    return entries.value;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.phones).map((phone) => phone.close()));
    await this.server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Opens a floor on free ports with a database of its own. */
export async function openFloor(options: FloorOptions = {}): Promise<Floor> {
  const folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
  const server = await startTestServer(
    `
users:
  - { extension: "1001", name: Agent One, password: a, role: agent, team: sales }
  - { extension: "2001", name: Customer One, password: c, role: customer }
  - { extension: "3001", name: Supervisor One, password: s, role: supervisor, supervises: [sales] }
  - { extension: "3002", name: Supervisor Two, password: t, role: supervisor, supervises: [sales] }
store: { path: ${join(folder, "floor.db")} }
supervision: ${options.supervision ?? "{}"}
`,
    options,
  );
  const passwords = { agent: "a", customer: "c", supervisor: "s", second: "t" };
  const open = async (who: Who): Promise<Phone> => {
    const phone = await createPhone({
      extension: EXTENSIONS[who],
      password: passwords[who],
      server: server.udp,
      tone: { hz: TONES[who], levelDbfs: -15 },
      ...options.phones?.[who],
    });
    const registered = await phone.register();
    if (registered.status !== 200) throw new Error(`${who} is not registered: ${registered.status}`);
    return phone;
  };
  const [agent, customer, supervisor, second] = await Promise.all([
    open("agent"),
    open("customer"),
    open("supervisor"),
    open("second"),
  ]);
  return new Floor(server, { agent, customer, supervisor, second }, folder);
}

/** Who is audible on this leg over the last 200 ms: everybody else is shown to be absent. */
export function audibleOn(leg: PhoneCall): Who[] | undefined {
  const levels = Object.entries(leg.media.recorder.levels(TONES, WINDOW_MS)) as [Who, number][];
  if (levels.some(([, level]) => level > ABSENT_DBFS && level < HEARD_DBFS)) return undefined;
  return levels.filter(([, level]) => level >= HEARD_DBFS).map(([who]) => who);
}

/** Resolves when exactly these are audible on the leg. */
export async function hears(leg: PhoneCall, who: readonly Who[]): Promise<void> {
  const wanted = [...who].sort().join();
  const last = (): string => JSON.stringify(leg.media.recorder.levels(TONES, WINDOW_MS));
  await until(`to ${leg.remoteUser}: hears ${wanted || "nobody"}`, () => {
    return audibleOn(leg)?.sort().join() === wanted;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; heard ${last()}`);
  });
}

/** Resolves when so much more time has passed on the wire: `frames` further packets of 20 ms have come. */
export async function frames(leg: PhoneCall, count: number): Promise<void> {
  const goal = leg.media.recorder.packets.length + count;
  await until(`${count} more packets`, () => leg.media.recorder.packets.length >= goal, 5_000 + count * 25);
}

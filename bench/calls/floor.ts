import type { Server } from "../../test/support/phone/link.ts";
import { createPhone, type Phone } from "../../test/support/phone/phone.ts";
import type { PhoneCall } from "../../test/support/phone/phone-call.ts";
import { formatsOf, writeSdp } from "../../test/support/phone/sdp.ts";
import { until } from "../../test/support/phone/until.ts";
import { Leg } from "./leg.ts";
import { CODES, type Mode, ROLES, type Role } from "./modes.ts";
import type { Samples } from "./samples.ts";

/** So many registrations or calls are under way at once: enough to be quick, too few to be a load of its own. */
const AT_ONCE = 10;
const PREFIXES: Readonly<Record<Role, number>> = { agent: 10_000, customer: 20_000, supervisor: 30_000 };
const ROLE_SETTINGS: Readonly<Record<Role, string>> = {
  agent: "role: agent, team: floor",
  customer: "role: customer",
  supervisor: "role: supervisor, supervises: [floor]",
};

function extension(role: Role, call: number): string {
  return String(PREFIXES[role] + call);
}

/** A configuration with an agent, a customer and a supervisor for each call. */
export function configurationFor(calls: number, databasePath: string): string {
  const users = Array.from({ length: calls }, (_, call) =>
    ROLES.map((role) => {
      const name = extension(role, call);
      return `  - { extension: "${name}", name: ${role} ${call}, password: p${name}, ${ROLE_SETTINGS[role]} }`;
    }),
  );
  return [
    'sip: { listen: ["udp://127.0.0.1:0"], domain: 127.0.0.1 }',
    "media: { ports: 20000-29999 }",
    `store: { path: ${JSON.stringify(databasePath)} }`,
    "log: { level: warn }",
    "users:",
    ...users.flat(),
    "",
  ].join("\n");
}

/** One call's phones, which do the signalling alone, and its legs, which do the media. */
interface Party {
  readonly phones: Readonly<Record<Role, Phone>>;
  readonly legs: Readonly<Record<Role, Leg>>;
}

/** Everybody on the floor. */
export class Floor {
  readonly #parties: readonly Party[];

  private constructor(parties: readonly Party[]) {
    this.#parties = parties;
  }

  /** Opens and registers every phone. The delays of what agents and customers receive go into `delays`, ms. */
  static async open(calls: number, server: Server, delays: Samples): Promise<Floor> {
    const parties: Party[] = [];
    await inTurns(calls, async (call) => {
      parties[call] = await openParty(call, server, delays);
    });
    return new Floor(parties);
  }

  get legs(): readonly Leg[] {
    return this.#parties.flatMap(({ legs }) => Object.values(legs));
  }

  legsOf(role: Role): readonly Leg[] {
    return this.legs.filter((leg) => leg.role === role);
  }

  /** Every customer calls an agent, who answers. */
  async call(): Promise<void> {
    await inTurns(this.#parties.length, async (index) => {
      const { phones, legs } = this.#party(index);
      const sdp = sdpOf(legs.customer);
      const customer = await phones.customer.call(extension("agent", index), { sdp });
      const agent = await phones.agent.nextCall();
      agent.answer(sdpOf(legs.agent));
      await customer.answered();
      await Promise.all([connect(legs.customer, customer), connect(legs.agent, agent)]);
    });
  }

  /** Resolves when agents and customers hear each other. */
  async talking(): Promise<void> {
    const parties = [...this.legsOf("agent"), ...this.legsOf("customer")];
    await until("agents and customers hear each other", () => parties.every((leg) => leg.isClocked), 20_000);
  }

  /** Every supervisor dials in. */
  async supervise(mode: Exclude<Mode, "none">): Promise<void> {
    await inTurns(this.#parties.length, async (index) => {
      const { phones, legs } = this.#party(index);
      const target = `${CODES[mode]}${extension("agent", index)}`;
      const call = await phones.supervisor.call(target, { sdp: sdpOf(legs.supervisor) });
      await call.answered();
      await connect(legs.supervisor, call);
    });
  }

  /** Hangs up and frees every port. */
  async close(): Promise<void> {
    await inTurns(this.#parties.length, async (index) => {
      const { phones, legs } = this.#party(index);
      for (const phone of Object.values(phones)) await phone.close();
      for (const leg of Object.values(legs)) await leg.close();
    });
  }

  #party(index: number): Party {
    const party = this.#parties[index];
    if (party === undefined) throw new Error(`no call ${index}`);
    return party;
  }
}

async function openParty(call: number, server: Server, delays: Samples): Promise<Party> {
  const phones = await forEachRole((role) => openPhone(extension(role, call), server));
  const legs = await forEachRole((role) => Leg.open(role, role === "supervisor" ? undefined : delays));
  for (const leg of Object.values(legs)) leg.others = Object.values(legs).filter((other) => other !== leg);
  return { phones, legs };
}

async function openPhone(user: string, server: Server): Promise<Phone> {
  const phone = await createPhone({
    extension: user,
    password: `p${user}`,
    server,
    // A phone without a codec sends no media of its own; its SDP is given it at every call.
    codecs: [],
    incoming: { type: "ring" },
  });
  const { status } = await phone.register();
  if (status !== 200) throw new Error(`${user} is not registered: ${status}`);
  return phone;
}

async function forEachRole<T>(make: (role: Role) => Promise<T>): Promise<Record<Role, T>> {
  const [agent, customer, supervisor] = await Promise.all([
    make("agent"),
    make("customer"),
    make("supervisor"),
  ]);
  return { agent, customer, supervisor };
}

function sdpOf(leg: Leg): string {
  const { port } = leg;
  return writeSdp({ address: "127.0.0.1", port, direction: "sendrecv", formats: formatsOf(["PCMU"]) }, 1);
}

async function connect(leg: Leg, call: PhoneCall): Promise<void> {
  if (call.remoteSdp === undefined) throw new Error(`no SDP from ${call.remoteUser}`);
  await leg.connect(call.remoteSdp);
}

/** Does so many things, some at once. */
async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

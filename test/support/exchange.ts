import { EXTENSIONS, TONES, type Who } from "./floor.ts";
import { createPhone, type Phone, type PhoneOptions } from "./phone/phone.ts";
import type { PhoneCall } from "./phone/phone-call.ts";
import { until } from "./phone/until.ts";
import { startTestServer, type TestServer, type TestServerOptions } from "./server.ts";

/** Every password is the extension behind a "p". */
const USERS = `
users:
  - { extension: "1001", name: Agent One, password: p1001, role: agent, team: sales }
  - { extension: "1002", name: Agent Two, password: p1002, role: agent, team: sales }
  - { extension: "2001", name: Customer One, password: p2001, role: customer }
  - { extension: "3001", name: Supervisor One, password: p3001, role: supervisor, supervises: [sales] }
  - { extension: "3002", name: Supervisor Two, password: p3002, role: supervisor, supervises: [sales] }
`;

export interface ExchangeOptions extends TestServerOptions {
  /** YAML put behind the users, for example `calls: { ringTimeout: 1 }`. */
  readonly yaml?: string;
}

export interface ExchangePhone extends Partial<Omit<PhoneOptions, "server">> {
  readonly over?: "udp" | "tcp";
  /** A phone registers unless it is said not to. */
  readonly registered?: boolean;
}

/** A running server that test after test opens its own phones at, and finds empty again. */
export class Exchange {
  readonly server: TestServer;
  #phones: Phone[] = [];

  constructor(server: TestServer) {
    this.server = server;
  }

  /** Opens a phone of one of the usual people, with its tone. Several may have one extension. */
  async phone(who: Who, options: ExchangePhone = {}): Promise<Phone> {
    const { over = "udp", registered = true, ...rest } = options;
    const phone = await createPhone({
      extension: EXTENSIONS[who],
      password: `p${EXTENSIONS[who]}`,
      server: this.server[over],
      tone: { hz: TONES[who], levelDbfs: -15 },
      ...rest,
    });
    this.#phones.push(phone);
    if (!registered) return phone;
    const response = await phone.register();
    if (response.status !== 200) throw new Error(`not registered: ${response.status} ${response.reason}`);
    return phone;
  }

  /** A customer calls an agent who answers at once; both phones are new. */
  async talk(
    options: { readonly customer?: ExchangePhone; readonly agent?: ExchangePhone } = {},
  ): Promise<{ readonly customer: PhoneCall; readonly agent: PhoneCall }> {
    const agentPhone = await this.phone("agent", options.agent);
    const customerPhone = await this.phone("customer", { registered: false, ...options.customer });
    const customer = await customerPhone.call(EXTENSIONS.agent);
    await customer.answered();
    return { customer, agent: await agentPhone.nextCall() };
  }

  /** Ends a test: its phones hang up and close, and are forgotten. Fails where the server is left with anything of a call. */
  async clear(): Promise<void> {
    const phones = this.#phones;
    try {
      await this.idle();
    } finally {
      this.#phones = [];
      const { bindings } = this.server.store;
      for (const [extension] of bindings.all()) bindings.replace(extension, []);
      await Promise.all(phones.map((phone) => phone.close()));
    }
    const malformed = phones.map((phone) => phone.malformed);
    if (malformed.some((count) => count > 0)) throw new Error(`the server sent what is no SIP: ${malformed}`);
  }

  /** Hangs up what the phones still hold, then waits for the server to have no call, session, port or supervision left. */
  async idle(): Promise<void> {
    const phones = this.#phones.filter((phone) => !phone.isGone);
    await Promise.all(phones.flatMap((phone) => phone.calls.map((call) => call.hangup())));
    const { server } = this;
    await until("an idle server", () => {
      const { calls, sessions, ports, supervisions } = server.counts();
      return calls + sessions + ports + supervisions === 0;
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(server.counts())}`);
    });
  }

  /** Ends the last test: not even a transaction is left. */
  async close(): Promise<void> {
    await this.server.quiet();
    await this.server.close();
  }
}

/** Starts a server for the tests of one file. */
export async function openExchange({ yaml = "", ...options }: ExchangeOptions = {}): Promise<Exchange> {
  return new Exchange(await startTestServer(`${USERS}${yaml}\nstore: { path: ":memory:" }`, options));
}

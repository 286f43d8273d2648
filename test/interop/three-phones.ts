import { expect } from "vitest";
import { levelOf } from "../support/phone/tone.ts";
import { until } from "../support/phone/until.ts";
import { Baresip, type BaresipOptions } from "./baresip.ts";
import { Floorwalker, USERS } from "./floorwalker.ts";
import { RATE_HZ } from "./wav.ts";

/** No harmonic and no low-order mixture of these falls on another of them. */
export const TONES = { agent: 450, customer: 1050, supervisor: 1750 } as const;
export type Role = keyof typeof TONES;
export const ROLES = ["agent", "customer", "supervisor"] as const satisfies readonly Role[];

/** For a listener, the level of each speaker's tone in each window of a stage, dBFS. */
export type Heard = Readonly<Record<Role, readonly number[]>>;
/** What each phone heard in one stage of a call. */
export type Stage = Partial<Record<Role, Heard>>;

const seconds = (count: number) => count * RATE_HZ;
/** Left out at the beginning of a stage: the press of the key, its way and what was still buffered. */
const SETTLING = seconds(0.7);
const MEASURED = seconds(2);
export const MEASURED_MS = (1000 * MEASURED) / RATE_HZ;
const WINDOW = seconds(0.25);
const FRAME = seconds(0.02);

/** Every phone plays its tone at -12 dBFS, and it arrives as loud as it was sent. */
const HEARD_DBFS = -15;
const BETWEEN_HEARD_AND_SILENT_DB = 40;

/** A server, and an agent's, a customer's and a supervisor's phone, each saying its own tone. */
export class ThreePhones {
  readonly server: Floorwalker;
  readonly #phones: Readonly<Record<Role, Baresip>>;

  private constructor(server: Floorwalker, phones: Readonly<Record<Role, Baresip>>) {
    this.server = server;
    this.#phones = phones;
  }

  /** Starts all four; the phones are registered. */
  static async start(special: Partial<Record<Role, Partial<BaresipOptions>>> = {}): Promise<ThreePhones> {
    const server = await Floorwalker.start();
    const start = (role: Role) =>
      Baresip.start({ ...USERS[role], server: server.port, tone: TONES[role], ...special[role] });
    const [agent, customer, supervisor] = await Promise.all([
      start("agent"),
      start("customer"),
      start("supervisor"),
    ]);
    const phones = { agent, customer, supervisor };
    await Promise.all(ROLES.map((role) => phones[role].register()));
    return new ThreePhones(server, phones);
  }

  get agent(): Baresip {
    return this.#phones.agent;
  }

  get customer(): Baresip {
    return this.#phones.customer;
  }

  get supervisor(): Baresip {
    return this.#phones.supervisor;
  }

  /** The customer calls the agent, who answers; resolves once each hears something. */
  async connect(): Promise<void> {
    const { agent, customer } = this;
    customer.dial(USERS.agent.extension);
    await Promise.all([customer.event("CALL_ESTABLISHED"), agent.event("CALL_ESTABLISHED")]);
    await until("both talk", () => agent.recordedSamples > WINDOW && customer.recordedSamples > WINDOW);
  }

  /** The supervisor dials a feature code and the agent's extension; resolves once it is let in. */
  async supervise(code: string): Promise<void> {
    this.supervisor.dial(`${code}${USERS.agent.extension}`);
    await this.supervisor.event("CALL_ESTABLISHED");
  }

  /** Lets a stage of the call be recorded by these phones, and measures what each of them heard. */
  async measure(listeners: readonly Role[] = ROLES): Promise<Stage> {
    const begun = listeners.map((role) => ({
      role,
      phone: this.#phones[role],
      from: this.#phones[role].recordedSamples + SETTLING,
    }));
    const isRecorded = () => begun.every(({ phone, from }) => phone.recordedSamples >= from + MEASURED);
    await until("the stage is recorded", isRecorded, 15_000);
    const stage: Stage = {};
    for (const { role, phone, from } of begun) {
      const windows = piecesOf(phone.heard().subarray(from, from + MEASURED), WINDOW);
      stage[role] = byRole((speaker) => windows.map((window) => levelOf(window, TONES[speaker])));
    }
    return stage;
  }

  /**
   * How many frames of 20 ms of the speaker's whole call the listener did not get. Compared with what the phone said, not
   * with the time: a busy machine makes the phone itself stutter.
   */
  framesLost(listener: Role, speaker: Role): number {
    const withTone = (samples: Int16Array) =>
      piecesOf(samples, FRAME).filter((frame) => levelOf(frame, TONES[speaker]) > HEARD_DBFS).length;
    return withTone(this.#phones[speaker].said()) - withTone(this.#phones[listener].heard());
  }

  /** Ends all four. */
  async stop(): Promise<void> {
    await Promise.all(ROLES.map((role) => this.#phones[role].stop()));
    await this.server.remove();
  }
}

/** That a listener heard these speakers, and of the others not a trace in any window. */
export function expectHeard(heard: Heard | undefined, speakers: readonly Role[]): void {
  if (heard === undefined) throw new Error("nothing was measured");
  expect(heard.agent).toHaveLength(MEASURED / WINDOW);
  const quietest =
    speakers.length === 0 ? HEARD_DBFS : Math.min(...speakers.map((role) => median(heard[role])));
  expect(quietest, speakers.join(" and ")).toBeGreaterThanOrEqual(HEARD_DBFS);
  for (const speaker of ROLES.filter((role) => !speakers.includes(role))) {
    const loudest = Math.max(...heard[speaker]);
    expect(loudest, `the ${speaker}`).toBeLessThan(quietest - BETWEEN_HEARD_AND_SILENT_DB);
  }
}

/** One line for people who read the log: the usual level of who should be heard (*), the loudest window of who should not. */
export function showHeard(heard: Heard | undefined, speakers: readonly Role[]): string {
  const columns = ROLES.map((speaker) => {
    const levels = heard?.[speaker] ?? [];
    const isHeard = speakers.includes(speaker);
    const level = isHeard ? median(levels) : Math.max(...levels);
    return `${speaker} ${level.toFixed(1).padStart(6)}${isHeard ? "*" : " "}`;
  });
  return columns.join("  ");
}

function byRole<T>(of: (role: Role) => T): Record<Role, T> {
  return { agent: of("agent"), customer: of("customer"), supervisor: of("supervisor") };
}

/** The samples in pieces one after the other; an incomplete last one is left out. */
function piecesOf(samples: Int16Array, size: number): Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    samples.subarray(i * size, (i + 1) * size),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NEGATIVE_INFINITY;
}

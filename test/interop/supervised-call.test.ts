import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { openLedger } from "../../src/store/ledger-store.ts";
import type { Entry } from "../../src/supervision/ledger/chain.ts";
import { levelOf } from "../support/phone/tone.ts";
import { until } from "../support/phone/until.ts";
import { Baresip } from "./baresip.ts";
import { Floorwalker, USERS } from "./floorwalker.ts";
import { RATE_HZ } from "./wav.ts";

/** No harmonic and no low-order mixture of these falls on another of them. */
const TONES = { agent: 450, customer: 1050, supervisor: 1750 } as const;
type Role = keyof typeof TONES;
const ROLES = ["agent", "customer", "supervisor"] as const satisfies readonly Role[];

/** Who hears whom, written apart from the server's own table. */
const HEARS = {
  monitor: { agent: ["customer"], customer: ["agent"], supervisor: ["agent", "customer"] },
  whisper: { agent: ["customer", "supervisor"], customer: ["agent"], supervisor: ["agent", "customer"] },
  barge: {
    agent: ["customer", "supervisor"],
    customer: ["agent", "supervisor"],
    supervisor: ["agent", "customer"],
  },
  "after the supervisor left": { agent: ["customer"], customer: ["agent"], supervisor: [] },
} as const satisfies Record<string, Record<Role, readonly Role[]>>;
type Stage = keyof typeof HEARS;
const STAGES = Object.keys(HEARS) as Stage[];

const seconds = (count: number) => count * RATE_HZ;
/** Left out at the beginning of a stage: the press of the key, its way and what was still buffered. */
const SETTLING = seconds(0.7);
const WINDOW = seconds(0.25);
const MEASURED = seconds(2);
const FRAME = seconds(0.02);

/** Every phone plays its tone at -12 dBFS, and it arrives as loud as it was sent. */
const HEARD_DBFS = -15;
const BETWEEN_HEARD_AND_SILENT_DB = 40;
/** What a phone still holds in its buffer when the call ends, and what passed before both could hear: 300 ms. */
const UNPLAYED_FRAMES = 15;

let server: Floorwalker;
let phones: Record<Role, Baresip>;

beforeAll(async () => {
  server = await Floorwalker.start();
  const [agent, customer, supervisor] = await Promise.all(
    ROLES.map((role) => Baresip.start({ ...USERS[role], server: server.port, tone: TONES[role] })),
  );
  if (!agent || !customer || !supervisor) throw new Error("three phones were started");
  phones = { agent, customer, supervisor };
  await Promise.all(ROLES.map((role) => phones[role].register()));
});

afterAll(async () => {
  await Promise.all(Object.values(phones ?? {}).map((phone) => phone.stop()));
  await server?.remove();
});

describe("what a phone shows when it is refused", () => {
  const { agent, otherAgent } = USERS;
  test.each<[who: Role, dials: string, shows: RegExp]>([
    ["agent", `*90${agent.extension}`, /^403 Not allowed: only supervisors/],
    ["customer", `*91${agent.extension}`, /^403 Not allowed: only supervisors/],
    ["supervisor", `*90${agent.extension}`, /^480 No live call/],
    ["supervisor", "*907777", /^404 No such extension/],
    ["customer", "7777", /^404 No such extension/],
    ["customer", otherAgent.extension, /^480 The extension is not registered/],
  ])("%s dialling %s", async (who, dials, shows) => {
    phones[who].dial(dials);
    expect((await phones[who].event("CALL_CLOSED")).param).toMatch(shows);
  });
});

describe("a supervised call between three baresip phones", () => {
  /** Every level that was measured, dBFS: one for each window of a stage. */
  const levels: Partial<Record<Stage, Record<Role, Record<Role, readonly number[]>>>> = {};

  beforeAll(async () => {
    const { agent, customer, supervisor } = phones;
    customer.dial(USERS.agent.extension);
    await Promise.all([customer.event("CALL_ESTABLISHED"), agent.event("CALL_ESTABLISHED")]);
    await until("both talk", () => agent.recordedSamples > WINDOW && customer.recordedSamples > WINDOW);

    supervisor.dial(`*90${USERS.agent.extension}`);
    await supervisor.event("CALL_ESTABLISHED");
    levels.monitor = await measure();
    supervisor.press("5");
    levels.whisper = await measure();
    supervisor.press("6");
    levels.barge = await measure();
    supervisor.hangUp();
    await supervisor.event("CALL_CLOSED");
    levels["after the supervisor left"] = await measure(["agent", "customer"]);

    customer.hangUp();
    await Promise.all([customer.event("CALL_CLOSED"), agent.event("CALL_CLOSED")]);
    console.log(tableOf(levels));
  });

  /** Waits for a stage to be recorded by these phones, and measures what each heard. */
  async function measure(listeners: readonly Role[] = ROLES): Promise<Record<Role, Record<Role, number[]>>> {
    const begun = new Map(listeners.map((role) => [role, phones[role].recordedSamples + SETTLING]));
    const recorded = () =>
      [...begun].every(([role, from]) => phones[role].recordedSamples >= from + MEASURED);
    await until("the stage is recorded", recorded, 15_000);
    const heardBy = (listener: Role) => {
      const from = begun.get(listener);
      const samples =
        from === undefined ? new Int16Array(0) : phones[listener].heard().subarray(from, from + MEASURED);
      return byRole((speaker) => chunksOf(samples, WINDOW).map((window) => levelOf(window, TONES[speaker])));
    };
    return byRole(heardBy);
  }

  const cells = STAGES.flatMap((stage) =>
    ROLES.filter((listener) => HEARS[stage][listener].length > 0).map(
      (listener) => [stage, listener, HEARS[stage][listener]] as [Stage, Role, readonly Role[]],
    ),
  );
  test.each(cells)("%s: the %s hears %j and nobody else", (stage, listener, heard) => {
    const measured = levels[stage]?.[listener];
    expect(measured?.agent).toHaveLength(MEASURED / WINDOW);
    const quietest = Math.min(...heard.map((speaker) => median(measured?.[speaker] ?? [])));
    expect(quietest).toBeGreaterThan(HEARD_DBFS);
    for (const speaker of ROLES.filter((role) => !heard.includes(role))) {
      // In no window at all, not only in most.
      const loudest = Math.max(...(measured?.[speaker] ?? [0]));
      expect(loudest, `the ${speaker}`).toBeLessThan(quietest - BETWEEN_HEARD_AND_SILENT_DB);
    }
  });

  test.each<[listener: Role, partner: Role]>([
    ["agent", "customer"],
    ["customer", "agent"],
  ])(
    "the %s heard all that the %s said while the supervisor came, switched and left",
    (listener, partner) => {
      // Compared with what the phone said, not with the time: a busy machine makes the phone itself stutter.
      const said = framesWith(phones[partner].said(), TONES[partner]);
      const heard = framesWith(phones[listener].heard(), TONES[partner]);
      expect(said).toBeGreaterThan(3 * (MEASURED / FRAME));
      expect(said - heard, "frames of 20 ms lost").toBeLessThan(UNPLAYED_FRAMES);
    },
  );

  test("every interval is in the ledger, one after the other, and the chain is whole", async () => {
    expect(await server.stop()).toBe(0);
    const { entries, verified } = ledgerOf(server.database);
    expect(verified).toBe(true);

    const closed = entries.filter((entry) => entry.event === "closed");
    expect(closed).toHaveLength(entries.length / 2);
    const { agent, customer, supervisor } = USERS;
    const [a, c, s] = [agent.extension, customer.extension, supervisor.extension];
    expect(
      closed.map((entry) => `${entry.mode}: ${entry.listener} hears ${entry.speaker}`).toSorted(),
    ).toEqual([
      `barge: ${a} hears ${s}`,
      `barge: ${c} hears ${s}`,
      `barge: ${s} hears ${a}`,
      `barge: ${s} hears ${c}`,
      `monitor: ${s} hears ${a}`,
      `monitor: ${s} hears ${c}`,
      `whisper: ${a} hears ${s}`,
      `whisper: ${s} hears ${a}`,
      `whisper: ${s} hears ${c}`,
    ]);
    for (const { from, until, supervisor: by } of closed) {
      expect(by).toBe(s);
      expect((until ?? 0) - from).toBeGreaterThan((1000 * MEASURED) / RATE_HZ);
    }
    const span = (mode: string) => closed.find((entry) => entry.mode === mode);
    expect(span("monitor")?.until).toBe(span("whisper")?.from);
    expect(span("whisper")?.until).toBe(span("barge")?.from);
  });
});

function byRole<T>(of: (role: Role) => T): Record<Role, T> {
  return { agent: of("agent"), customer: of("customer"), supervisor: of("supervisor") };
}

/** The samples in pieces one after the other; an incomplete last one is left out. */
function chunksOf(samples: Int16Array, size: number): Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    samples.subarray(i * size, (i + 1) * size),
  );
}

function ledgerOf(path: string): { entries: readonly Entry[]; verified: boolean } {
  const database = openDatabase(path);
  if (!database.ok) throw new Error(database.error.detail);
  const ledger = openLedger(database.value);
  const entries = ledger.ok ? ledger.value.read() : ledger;
  const verified = ledger.ok && ledger.value.verify().ok;
  database.value.close();
  if (!entries.ok) throw new Error(entries.error.detail);
  return { entries: entries.value, verified };
}

/** How many frames of 20 ms hold a tone. */
function framesWith(samples: Int16Array, hz: number): number {
  return chunksOf(samples, FRAME).filter((frame) => levelOf(frame, hz) > HEARD_DBFS).length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NEGATIVE_INFINITY;
}

/** For people who read the log of the run: the usual level of who is heard, the loudest window of who is not. */
function tableOf(levels: Partial<Record<Stage, Record<Role, Record<Role, readonly number[]>>>>): string {
  const rows = STAGES.flatMap((stage) =>
    ROLES.filter((listener) => HEARS[stage][listener].length > 0).map((listener) => {
      const columns = ROLES.map((speaker) => {
        const measured = levels[stage]?.[listener][speaker] ?? [];
        const heard = (HEARS[stage][listener] as readonly Role[]).includes(speaker);
        const level = heard ? median(measured) : Math.max(...measured);
        return `${speaker} ${level.toFixed(1).padStart(6)}${heard ? "*" : " "}`;
      });
      return `${stage.padEnd(26)} ${`${listener} hears`.padEnd(17)} ${columns.join("  ")}`;
    }),
  );
  return ["dBFS by phone; * = should be heard", ...rows].join("\n");
}

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { USERS } from "./floorwalker.ts";
import { readLedger } from "./ledger.ts";
import {
  expectHeard,
  MEASURED_MS,
  ROLES,
  type Role,
  type Stage,
  showHeard,
  ThreePhones,
} from "./three-phones.ts";

/** Who hears whom, written apart from the server's own table. */
const HEARS = {
  monitor: { agent: ["customer"], customer: ["agent"], supervisor: ["agent", "customer"] },
  whisper: { agent: ["customer", "supervisor"], customer: ["agent"], supervisor: ["agent", "customer"] },
  barge: {
    agent: ["customer", "supervisor"],
    customer: ["agent", "supervisor"],
    supervisor: ["agent", "customer"],
  },
  "after the supervisor left": { agent: ["customer"], customer: ["agent"] },
} as const satisfies Record<string, Partial<Record<Role, readonly Role[]>>>;
type StageName = keyof typeof HEARS;

const CELLS = Object.entries<Partial<Record<Role, readonly Role[]>>>(HEARS).flatMap(([stage, rows]) =>
  ROLES.flatMap((listener): [StageName, Role, readonly Role[]][] => {
    const heard = rows[listener];
    return heard === undefined ? [] : [[stage as StageName, listener, heard]];
  }),
);

/** What a phone still holds in its buffer when the call ends, and what passed before both could hear: 300 ms. */
const UNPLAYED_FRAMES = 15;

let floor: ThreePhones;
beforeAll(async () => {
  floor = await ThreePhones.start();
});
afterAll(async () => floor?.stop());

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
    floor[who].dial(dials);
    expect((await floor[who].event("CALL_CLOSED")).param).toMatch(shows);
  });
});

describe("a supervised call between three baresip phones", () => {
  const stages: Partial<Record<StageName, Stage>> = {};

  beforeAll(async () => {
    const { agent, customer, supervisor } = floor;
    await floor.connect();
    await floor.supervise("*90");
    stages.monitor = await floor.measure();
    supervisor.press("5");
    stages.whisper = await floor.measure();
    supervisor.press("6");
    stages.barge = await floor.measure();
    supervisor.hangUp();
    await supervisor.event("CALL_CLOSED");
    stages["after the supervisor left"] = await floor.measure(["agent", "customer"]);
    customer.hangUp();
    await Promise.all([customer.event("CALL_CLOSED"), agent.event("CALL_CLOSED")]);

    const lines = CELLS.map(([stage, listener, heard]) => {
      const levels = showHeard(stages[stage]?.[listener], heard);
      return `${stage.padEnd(26)} ${`${listener} hears`.padEnd(17)} ${levels}`;
    });
    console.log(["dBFS by phone; * = should be heard", ...lines].join("\n"));
  });

  test.each(CELLS)("%s: the %s hears %j and nobody else", (stage, listener, heard) => {
    expectHeard(stages[stage]?.[listener], heard);
  });

  test.each<[listener: Role, partner: Role]>([
    ["agent", "customer"],
    ["customer", "agent"],
  ])(
    "the %s heard all that the %s said while the supervisor came, switched and left",
    (listener, partner) => {
      expect(floor[listener].heard().length).toBeGreaterThan(8 * 4 * MEASURED_MS);
      expect(floor.framesLost(listener, partner)).toBeLessThan(UNPLAYED_FRAMES);
    },
  );

  test("every interval is in the ledger, one after the other, and the chain is whole", async () => {
    expect(await floor.server.stop()).toBe(0);
    const entries = readLedger(floor.server.database);
    const closed = entries.filter((entry) => entry.event === "closed");
    expect(closed).toHaveLength(entries.length / 2);
    const [a, c, s] = [USERS.agent.extension, USERS.customer.extension, USERS.supervisor.extension];
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
    for (const { from, until, supervisor } of closed) {
      expect(supervisor).toBe(s);
      expect((until ?? 0) - from).toBeGreaterThan(MEASURED_MS);
    }
    const span = (mode: string) => closed.find((entry) => entry.mode === mode);
    expect(span("monitor")?.until).toBe(span("whisper")?.from);
    expect(span("whisper")?.until).toBe(span("barge")?.from);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { hears } from "../support/floor.ts";
import type { Phone } from "../support/phone/phone.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

async function supervise(code: string, who: "supervisor" | "second" = "supervisor"): Promise<PhoneCall> {
  const leg = await (await exchange.phone(who)).call(`${code}1001`);
  await leg.answered();
  return leg;
}

describe("a supervision whose call ends", () => {
  test.each(["customer", "agent"] as const)(
    "by the %s is hung up with a reason that a phone can show",
    async (who) => {
      const legs = await exchange.talk();
      const supervisor = await supervise("*91");
      await hears(legs.agent, ["customer", "supervisor"]);
      await legs[who].hangup();
      expect(await supervisor.ended()).toMatchObject({
        by: "them",
        reason: expect.stringContaining("The supervised call has ended"),
      });
    },
  );

  test("while its leg is being answered is hung up", async () => {
    const { customer } = await exchange.talk();
    const phone = await exchange.phone("supervisor");
    const leg = await phone.call("*901001");
    await customer.hangup();
    expect(await leg.ended()).toMatchObject({ by: "them" });
  });
});

describe("a supervisor", () => {
  test.each(["*90", "*93"])(
    "that gives up while %s is being answered leaves nothing behind",
    async (code) => {
      const { customer, agent } = await exchange.talk();
      const phone = await exchange.phone("supervisor");
      for (let i = 0; i < 5; i++) await (await phone.call(`${code}1001`)).cancel();
      await until("no supervision", () => exchange.server.supervision.supervisions().length === 0);
      await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
      expect(exchange.server.counts()).toMatchObject({ calls: 1, ports: 2 });
    },
  );

  test("that calls while the phone only rings is refused with 480 and a reason", async () => {
    await exchange.phone("agent", { incoming: { type: "ring" } });
    const call = await (await exchange.phone("customer", { registered: false })).call("1001");
    await until("180", () => call.statuses.includes(180));
    const leg = await (await exchange.phone("supervisor")).call("*901001");
    expect(await leg.ended()).toMatchObject({ status: 480, reason: "No live call on this extension" });
  });

  test("without a common codec is refused with 488, and the call hears nothing of it", async () => {
    const { customer } = await exchange.talk();
    const sdp =
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 18\r\n";
    const leg = await (await exchange.phone("supervisor")).call("*921001", { sdp });
    expect(await leg.ended()).toMatchObject({ status: 488 });
    await hears(customer, ["agent"]);
    expect(exchange.server.supervision.supervisions()).toEqual([]);
  });

  test("in a codec of its own hears and is heard", async () => {
    const { customer, agent } = await exchange.talk();
    const leg = await (await exchange.phone("supervisor", { codecs: ["PCMU"] })).call("*921001");
    await leg.answered();
    await Promise.all([
      hears(leg, ["agent", "customer"]),
      hears(agent, ["customer", "supervisor"]),
      hears(customer, ["agent", "supervisor"]),
    ]);
  });
});

describe("two supervisors of one call", () => {
  type Heard = ("agent" | "customer" | "supervisor" | "second")[];
  test.each<[string, string, Record<"agent" | "customer" | "first" | "other", Heard>]>([
    [
      "*90",
      "*91",
      {
        agent: ["customer", "second"],
        customer: ["agent"],
        first: ["agent", "customer", "second"],
        other: ["agent", "customer"],
      },
    ],
    [
      "*91",
      "*92",
      {
        agent: ["customer", "second", "supervisor"],
        customer: ["agent", "second"],
        first: ["agent", "customer", "second"],
        other: ["agent", "customer", "supervisor"],
      },
    ],
    [
      "*92",
      "*93",
      {
        agent: ["customer", "second", "supervisor"],
        customer: ["second", "supervisor"],
        first: ["customer", "second"],
        other: ["customer", "supervisor"],
      },
    ],
  ])(
    "in %s and %s are each heard by whom their own mode names, and leave one by one",
    async (one, two, heard) => {
      const { customer, agent } = await exchange.talk();
      const first = await supervise(one);
      const other = await supervise(two, "second");
      await Promise.all([
        hears(agent, heard.agent),
        hears(customer, heard.customer),
        hears(first, heard.first),
        hears(other, heard.other),
      ]);
      await first.hangup();
      await other.hangup();
      await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    },
  );
});

describe("a supervision that waits after its call", () => {
  let waiting: Exchange;
  beforeAll(async () => {
    waiting = await openExchange({ yaml: "supervision: { afterCall: wait }" });
  });
  afterEach(() => waiting.clear());
  afterAll(() => waiting.close());

  async function callAgent(customer: Phone, agent: Phone) {
    const call = await customer.call("1001");
    await call.answered();
    return { call, answered: await agent.nextCall() };
  }

  test("is silent, then monitors the agent's next call, and can be heard again at a key", async () => {
    const [agent, customer, phone] = await Promise.all([
      waiting.phone("agent"),
      waiting.phone("customer", { registered: false }),
      waiting.phone("supervisor"),
    ]);
    const first = await callAgent(customer, agent);
    const supervisor = await phone.call("*921001");
    await supervisor.answered();
    await hears(supervisor, ["agent", "customer"]);
    await first.call.hangup();
    await hears(supervisor, []);
    expect(supervisor.state).toBe("talking");

    const next = await callAgent(customer, agent);
    await hears(supervisor, ["agent", "customer"]);
    await Promise.all([hears(next.call, ["agent"]), hears(next.answered, ["customer"])]);
    await supervisor.pressKey("6");
    await Promise.all([
      hears(next.call, ["agent", "supervisor"]),
      hears(next.answered, ["customer", "supervisor"]),
    ]);
    const { packets } = supervisor.media.recorder;
    expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(supervisor.reinvites).toBe(0);
    await supervisor.hangup();
    await hears(next.call, ["agent"]);
  });

  test("and hangs up meanwhile, is forgotten", async () => {
    const [agent, customer, phone] = await Promise.all([
      waiting.phone("agent"),
      waiting.phone("customer", { registered: false }),
      waiting.phone("supervisor"),
    ]);
    const first = await callAgent(customer, agent);
    const supervisor = await phone.call("*901001");
    await supervisor.answered();
    await first.call.hangup();
    await hears(supervisor, []);
    await supervisor.hangup();
    const next = await callAgent(customer, agent);
    await hears(next.call, ["agent"]);
    expect(waiting.server.counts()).toMatchObject({ supervisions: 0, ports: 2 });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { hears } from "../support/floor.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange({ media: "timeout: 1" });
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const caller = (over: "udp" | "tcp" = "udp") => exchange.phone("customer", { registered: false, over });
const ringing = () => exchange.phone("agent", { incoming: { type: "ring" } });

describe("a caller that gives up", () => {
  test("before the callee's phone has said anything leaves it alone or stops it", async () => {
    const agent = await exchange.phone("agent", { incoming: { type: "silent" } });
    const call = await (await caller()).call("1001");
    const rang = await agent.nextCall();
    await call.cancel();
    expect(call.end).toMatchObject({ by: "us", status: 487 });
    // RFC 3261 §9.1: the CANCEL waits for the phone's first provisional response.
    rang.ring();
    expect(await rang.ended()).toMatchObject({ by: "them", status: 487 });
  });

  test.each([
    ["after 180", false],
    ["after early media", true],
  ])("%s stops the phone", async (_name, early) => {
    const agent = await ringing();
    const call = await (await caller()).call("1001");
    const rang = await agent.nextCall();
    if (early) rang.ring(true);
    await until("18x", () => call.statuses.includes(early ? 183 : 180));
    await call.cancel();
    expect(call.end).toMatchObject({ by: "us", status: 487 });
    expect(await rang.ended()).toMatchObject({ by: "them", status: 487 });
  });

  test("at the very moment of the INVITE leaves nothing behind", async () => {
    const agent = await ringing();
    const phone = await caller();
    for (let i = 0; i < 5; i++) await (await phone.call("1001")).cancel();
    await until("every phone has stopped", () => agent.liveCalls === 0);
  });

  test("while the answer is on its way ends both legs, whichever comes first", async () => {
    const agent = await ringing();
    const phone = await caller();
    for (let i = 0; i < 10; i++) {
      const call = await phone.call("1001");
      const rang = await agent.nextCall();
      await until("180", () => call.statuses.includes(180));
      // Both are in the server's sockets at once.
      rang.answer();
      const cancelled = call.cancel();
      expect((await rang.ended()).by).toBe("them");
      await cancelled;
      expect(call.end?.by).toBe("us");
    }
  });

  test("by vanishing with its connection is noticed when the callee answers, who is hung up", async () => {
    const agent = await ringing();
    const phone = await caller("tcp");
    await phone.call("1001");
    const rang = await agent.nextCall();
    await phone.vanish();
    rang.answer();
    expect((await rang.ended()).by).toBe("them");
  });

  test("by never acknowledging the answer is hung up, and so is the callee", async () => {
    const agent = await ringing();
    const phone = await caller();
    await phone.call("1001");
    const rang = await agent.nextCall();
    await phone.vanish();
    rang.answer();
    expect((await rang.ended()).by).toBe("them");
  });
});

test("early media that falls silent is no lost phone: it still rings, and can be answered", async () => {
  const agent = await ringing();
  const call = await (await caller()).call("1001");
  const rang = await agent.nextCall();
  rang.ring(true);
  await hears(call, ["agent"]);
  rang.media.send(undefined);
  const goal = call.media.sent + 75;
  await until("1.5 s, longer than the RTP timeout", () => call.media.sent >= goal);
  rang.answer();
  await call.answered();
  await hears(call, ["agent"]);
});

describe("a call that both are in", () => {
  test.each(["customer", "agent"] as const)("ends for both when the %s hangs up", async (who) => {
    const legs = await exchange.talk();
    const other = who === "customer" ? legs.agent : legs.customer;
    await legs[who].hangup();
    expect(await other.ended()).toEqual({ by: "them", reason: "" });
    await exchange.idle();
  });

  test("tells the other side the reason that a party gave (RFC 3326)", async () => {
    const { customer, agent } = await exchange.talk();
    const reason = 'Q.850;cause=16;text="Normal call clearing"';
    await agent.request("BYE", undefined, [{ name: "Reason", value: reason }]);
    expect(await customer.ended()).toEqual({ by: "them", reason });
  });

  test("ends once where both hang up at the same moment: each BYE is answered 200", async () => {
    const { customer, agent } = await exchange.talk();
    const ended: string[] = [];
    const off = exchange.server.calls.events.on("ended", (call) => ended.push(call.id));
    const answers = await Promise.all([customer.request("BYE"), agent.request("BYE")]);
    off();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(ended).toHaveLength(1);
  });

  test("ends when a phone vanishes: no audio comes from it any more", async () => {
    const agentPhone = await exchange.phone("agent");
    const phone = await caller();
    const call = await phone.call("1001");
    await call.answered();
    const agent = await agentPhone.nextCall();
    await hears(agent, ["customer"]);
    await phone.vanish();
    expect(await agent.ended()).toMatchObject({
      by: "them",
      reason: expect.stringContaining("no audio received"),
    });
  });

  test("hung up by an operator ends for both with the reason", async () => {
    const { customer, agent } = await exchange.talk();
    exchange.server.calls.hangUp(exchange.server.calls.all()[0]?.id ?? "");
    for (const leg of [customer, agent]) {
      expect(await leg.ended()).toMatchObject({ by: "them", reason: expect.stringContaining("operator") });
    }
  });
});

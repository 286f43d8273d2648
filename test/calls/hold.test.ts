import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { frames, hears } from "../support/floor.ts";
import type { Hold } from "../support/phone/call-media.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { formatsOf, writeSdp } from "../support/phone/sdp.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange({ media: "timeout: 1" });
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const SPELLINGS: readonly (readonly [Hold, string])[] = [
  ["sendonly", "recvonly"],
  ["inactive", "inactive"],
  ["zero-address", "recvonly"],
  ["sendonly-zero-address", "recvonly"],
];

/** Steps between packets other than sequence +1, and changes of SSRC. */
function breaksOn(leg: PhoneCall): number {
  const { packets } = leg.media.recorder;
  return packets.filter((packet, i) => {
    const before = packets[i - 1];
    if (before === undefined) return false;
    return packet.ssrc !== before.ssrc || packet.sequence !== ((before.sequence + 1) & 0xffff);
  }).length;
}

const holders = () => exchange.server.calls.all()[0]?.parties.map(({ holds }) => holds);

describe.each(["customer", "agent"] as const)("the %s's phone holds", (who) => {
  test.each(SPELLINGS)(
    "by %s, answered with %s, and resumes, unseen on the other leg",
    async (way, mirror) => {
      const legs = await exchange.talk();
      const holder = legs[who];
      const other = who === "customer" ? "agent" : "customer";
      await hears(legs[other], [who]);
      expect(await holder.hold(way)).toBe(200);
      expect(holder.remoteSdp?.direction).toBe(mirror);
      expect(holders()).toEqual(who === "customer" ? [true, false] : [false, true]);
      await Promise.all([hears(holder, []), hears(legs[other], [])]);
      expect(await holder.resume()).toBe(200);
      expect(holder.remoteSdp?.direction).toBe("sendrecv");
      await Promise.all([hears(holder, [other]), hears(legs[other], [who])]);
      expect(holders()).toEqual([false, false]);
      expect(legs[other].reinvites).toBe(0);
      expect([breaksOn(holder), breaksOn(legs[other])]).toEqual([0, 0]);
    },
  );
});

describe("hold", () => {
  test("by both sides ends only when both have resumed", async () => {
    const { customer, agent } = await exchange.talk();
    expect(await customer.hold("sendonly")).toBe(200);
    expect(await agent.hold("inactive")).toBe(200);
    expect(holders()).toEqual([true, true]);
    await customer.resume();
    await Promise.all([hears(customer, []), hears(agent, [])]);
    await agent.resume();
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
  });

  test("by both sides at the same moment is answered to both", async () => {
    const { customer, agent } = await exchange.talk();
    expect(await Promise.all([customer.hold("sendonly"), agent.hold("sendonly")])).toEqual([200, 200]);
    expect(await Promise.all([customer.resume(), agent.resume()])).toEqual([200, 200]);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
  });

  test("said again in another spelling is still one hold", async () => {
    const { customer, agent } = await exchange.talk();
    await customer.hold("sendonly");
    await customer.hold("zero-address");
    await customer.resume();
    await hears(agent, ["customer"]);
  });

  test("of a caller whose INVITE already holds leaves it deaf until it resumes", async () => {
    const agent = await exchange.phone("agent");
    const phone = await exchange.phone("customer", { registered: false });
    const held = writeSdp(
      { address: "0.0.0.0", port: 4000, direction: "sendrecv", formats: formatsOf(["PCMA"]) },
      1,
    );
    const call = await phone.call("1001", { sdp: held });
    await call.answered();
    await until("the hold is known", () => holders()?.[0] === true);
    const other = await agent.nextCall();
    expect(await call.resume()).toBe(200);
    await Promise.all([hears(call, ["agent"]), hears(other, ["customer"])]);
  });

  test("may last longer than the RTP timeout; a phone dead after it is noticed", async () => {
    const { customer, agent } = await exchange.talk();
    await customer.hold("inactive");
    const goal = agent.media.sent + 75;
    await until("1.5 s of hold", () => agent.media.sent >= goal);
    expect(exchange.server.counts()).toMatchObject({ calls: 1, sessions: 2 });
    await customer.resume();
    await hears(agent, ["customer"]);
    await customer.hold("sendonly");
    await until("1.5 s more", () => agent.media.sent >= goal + 100);
    // It says that it is back, and sends nothing.
    const back = { ...customer.media.local, direction: "sendrecv", formats: formatsOf(["PCMA"]) } as const;
    expect(await customer.reinvite(writeSdp(back, 9))).toBe(200);
    expect(await agent.ended()).toMatchObject({ reason: expect.stringContaining("no audio received") });
  });

  test("by hanging up instead of resuming ends the call for both", async () => {
    const { customer, agent } = await exchange.talk();
    await customer.hold("sendonly");
    await customer.hangup();
    expect(await agent.ended()).toMatchObject({ by: "them" });
  });

  test("is none where a phone only listens (recvonly): it hears the other, and is not taken for dead", async () => {
    const { customer, agent } = await exchange.talk();
    const listening = {
      ...customer.media.local,
      direction: "recvonly",
      formats: formatsOf(["PCMA"]),
    } as const;
    expect(await customer.reinvite(writeSdp(listening, 9))).toBe(200);
    expect(customer.remoteSdp?.direction).toBe("sendonly");
    customer.media.send(undefined);
    await frames(customer, 75);
    await hears(customer, ["agent"]);
    expect(agent.state).toBe("talking");
  });
});

describe("hold during supervision", () => {
  test("by the agent: a supervisor in barge and the customer still hear each other, nobody hears the agent", async () => {
    const { customer, agent } = await exchange.talk();
    const supervisor = await (await exchange.phone("supervisor")).call("*921001");
    await supervisor.answered();
    await hears(customer, ["agent", "supervisor"]);
    await agent.hold("sendonly");
    await Promise.all([hears(customer, ["supervisor"]), hears(supervisor, ["customer"])]);
    await agent.resume();
    await Promise.all([hears(customer, ["agent", "supervisor"]), hears(agent, ["customer", "supervisor"])]);
    expect([breaksOn(customer), customer.reinvites]).toEqual([0, 0]);
  });

  test("is joined by a supervisor, who hears the customer, and the agent again once it resumes", async () => {
    const { customer, agent } = await exchange.talk();
    await agent.hold("inactive");
    await hears(customer, []);
    const supervisor = await (await exchange.phone("supervisor")).call("*901001");
    await supervisor.answered();
    await hears(supervisor, ["customer"]);
    await agent.resume();
    await hears(supervisor, ["agent", "customer"]);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
  });

  test("by the supervisor's own phone: it hears nobody and nobody hears it until it resumes", async () => {
    const { customer, agent } = await exchange.talk();
    const supervisor = await (await exchange.phone("supervisor")).call("*921001");
    await supervisor.answered();
    await hears(agent, ["customer", "supervisor"]);
    await supervisor.hold("sendonly");
    await Promise.all([hears(supervisor, []), hears(agent, ["customer"]), hears(customer, ["agent"])]);
    await supervisor.resume();
    await Promise.all([hears(supervisor, ["agent", "customer"]), hears(customer, ["agent", "supervisor"])]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type NameAddr, NO_PARAMS } from "../../src/sip/message/message.ts";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { audibleOn, hears } from "../support/floor.ts";
import type { Phone } from "../support/phone/phone.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const caller = () => exchange.phone("customer", { registered: false });
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/** The call that rings at each of several phones of one extension. */
function rings(phones: readonly Phone[]): Promise<PhoneCall[]> {
  return Promise.all(phones.map((phone) => phone.nextCall()));
}

describe("a call from extension to extension", () => {
  test.each([
    ["udp", "udp"],
    ["udp", "tcp"],
    ["tcp", "udp"],
    ["tcp", "tcp"],
  ] as const)("is set up, heard both ways and hung up: caller over %s, callee over %s", async (a, b) => {
    const { customer, agent } = await exchange.talk({ customer: { over: a }, agent: { over: b } });
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect(exchange.server.counts()).toMatchObject({ calls: 1, sessions: 2, ports: 2 });
    await agent.hangup();
    expect(await customer.ended()).toMatchObject({ by: "them" });
  });

  test("tells the caller 180 while the callee rings, and 200 once it has answered", async () => {
    const agent = await exchange.phone("agent", { incoming: { type: "ring" } });
    const call = await (await caller()).call("1001");
    const ringing = await agent.nextCall();
    await until("180", () => call.statuses.includes(180));
    expect(exchange.server.calls.all()[0]).toMatchObject({ state: "ringing" });
    ringing.answer();
    await call.answered();
    expect(call.statuses.filter((status) => status > 100)).toEqual([180, 200]);
  });

  test("shows the callee the caller's configured name and number, whatever its phone wrote", async () => {
    const agent = await exchange.phone("agent");
    const call = await (await caller()).call("1001", {
      headers: [
        { name: "P-Asserted-Identity", value: "<sip:director@127.0.0.1>" },
        { name: "Subject", value: "the invoice" },
      ],
    });
    await call.answered();
    const invite = agent.log.find(
      ({ message }) => message.type === "request" && message.method === "INVITE",
    )?.message;
    expect(invite?.headers.from).toMatchObject({ displayName: "Customer One", uri: { user: "2001" } });
    expect(invite?.headers.to.uri.user).toBe("1001");
    expect(invite?.headers.others).toContainEqual({ name: "Subject", value: "the invoice" });
    expect(JSON.stringify(invite?.headers.others)).not.toContain("director");
  });
});

describe("a callee with several contacts", () => {
  test("rings everywhere; the one that answers gets the call, the others are told where it went", async () => {
    const phones = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "ring" }, over: "tcp" }),
      exchange.phone("agent", { incoming: { type: "ring" } }),
    ]);
    const call = await (await caller()).call("1001");
    const ringing = await rings(phones);
    await until("180", () => call.statuses.includes(180));
    ringing[1]?.answer();
    await call.answered();
    for (const loser of [ringing[0], ringing[2]]) {
      expect(await loser?.ended()).toEqual({ by: "them", status: 487, reason: ELSEWHERE });
    }
    expect(call.statuses.filter((status) => status > 100)).toEqual([180, 200]);
    await hears(call, ["agent"]);
  });

  test("gives the media ports of the phones that lost back while the call goes on", async () => {
    const phones = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "refuse", status: 486 } }),
    ]);
    const call = await (await caller()).call("1001");
    const ringing = await rings(phones.slice(0, 2));
    ringing[0]?.answer();
    await call.answered();
    await until("two ports", () => exchange.server.counts().ports === 2);
    expect(exchange.server.counts()).toMatchObject({ calls: 1 });
  });

  test("answered by two phones at the same moment: the second is acknowledged and hung up", async () => {
    const phones = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "ring" } }),
    ]);
    const call = await (await caller()).call("1001");
    const ringing = await rings(phones);
    for (const one of ringing) one.answer();
    await call.answered();
    await until("one of them is hung up", () => ringing.some((one) => one.state === "ended"));
    const winner = ringing.findIndex((one) => one.state === "talking");
    const loser = ringing[1 - winner];
    expect(loser?.end).toEqual({ by: "them", reason: ELSEWHERE });
    const received = phones[1 - winner]?.log.filter(({ direction }) => direction === "received");
    const methods = received?.map(({ message }) => (message.type === "request" ? message.method : ""));
    expect(methods).toContain("ACK");
    await hears(call, ["agent"]);
  });

  test("goes on ringing at one phone while another is busy, and tells the caller busy once nobody is left", async () => {
    const [busy, other] = await Promise.all([
      exchange.phone("agent", { incoming: { type: "refuse", status: 486 } }),
      exchange.phone("agent", { incoming: { type: "ring" } }),
    ]);
    const call = await (await caller()).call("1001");
    const ringing = await other.nextCall();
    await until("busy at one", () => busy.calls[0]?.state === "ended");
    expect(call.state).not.toBe("ended");
    ringing.decline(480);
    expect(await call.ended()).toMatchObject({ status: 486 });
  });

  test("declined by one phone for everybody (603): the others stop ringing", async () => {
    const phones = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "ring" } }),
    ]);
    const call = await (await caller()).call("1001");
    const [first, second] = await rings(phones);
    first?.decline(603);
    expect(await call.ended()).toMatchObject({ status: 603 });
    expect(await second?.ended()).toMatchObject({ by: "them", status: 487 });
  });

  test("reaches the phone that is there when another has gone without unregistering", async () => {
    const there = await exchange.phone("agent");
    const gone: NameAddr = {
      uri: { scheme: "sip", user: "1001", host: "127.0.0.1", port: 9, params: NO_PARAMS },
      params: NO_PARAMS,
    };
    const bind = (expires: string) =>
      there.request("REGISTER", { contact: [gone], others: [{ name: "Expires", value: expires }] });
    expect((await bind("300")).status).toBe(200);
    const call = await (await caller()).call("1001");
    await call.answered();
    expect(there.liveCalls).toBe(1);
    await bind("0");
  });
});

describe("early media", () => {
  test("is heard by the caller before the answer, and goes on after it", async () => {
    const agent = await exchange.phone("agent", { incoming: { type: "ring" } });
    const call = await (await caller()).call("1001");
    const ringing = await agent.nextCall();
    ringing.ring(true);
    await until("183", () => call.statuses.includes(183));
    await hears(call, ["agent"]);
    expect(call.state).toBe("ringing");
    expect(exchange.server.calls.all()[0]).toMatchObject({ state: "early" });
    ringing.answer();
    await call.answered();
    await hears(ringing, ["customer"]);
    expect(audibleOn(call)).toEqual(["agent"]);
    expect(new Set(call.media.recorder.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
  });

  test("of a phone that refuses falls silent, and the phone that answers is heard", async () => {
    const [first, second] = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" } }),
      exchange.phone("agent", { incoming: { type: "ring" }, tone: { hz: 1800, levelDbfs: -15 } }),
    ]);
    const call = await (await caller()).call("1001");
    const early = await first.nextCall();
    early.ring(true);
    await hears(call, ["agent"]);
    early.decline(486);
    await hears(call, []);
    (await second.nextCall()).answer();
    await call.answered();
    await hears(call, ["second"]);
  });

  test("promises the codec that the answer then keeps, whichever phone answers (RFC 3261 §13.2.1)", async () => {
    const [pcma, pcmu] = await Promise.all([
      exchange.phone("agent", { incoming: { type: "ring" }, codecs: ["PCMA"] }),
      exchange.phone("agent", { incoming: { type: "ring" }, codecs: ["PCMU"] }),
    ]);
    const phone = await caller();
    const call = await phone.call("1001");
    (await pcma.nextCall()).ring(true);
    await until("183", () => call.statuses.includes(183));
    (await pcmu.nextCall()).answer();
    await call.answered();
    const answers = phone.log.flatMap(({ message }) =>
      message.type === "response" && message.body.length > 0 ? [new TextDecoder().decode(message.body)] : [],
    );
    // The 183, the 200, and whatever is repeated until its ACK is there.
    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(new Set(answers).size).toBe(1);
    await hears(call, ["agent"]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serialize } from "../../src/sip/message/serialize.ts";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { frames, hears } from "../support/floor.ts";
import type { Phone } from "../support/phone/phone.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

/** Every byte of SIP that a phone received or sent. */
function wire(phone: Phone): string {
  return phone.log.map(({ message }) => new TextDecoder().decode(serialize(message))).join("\n");
}

/** What names one leg: its Call-ID, tags, branches, ports and SDP origins. */
function namesOf(phone: Phone, call: PhoneCall): string[] {
  const text = wire(phone);
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = ""]) => name);
  return [
    call.callId,
    ...found(/;tag=([^;\s>]+)/g),
    ...found(/;branch=([^;\s]+)/g),
    ...found(/^o=(\S+ \d{4,}) /gm),
    ...found(/^m=audio (\d+) /gm).map((port) => `m=audio ${port} `),
    `127.0.0.1:${phone.local.port}`,
  ].filter((name) => name !== "");
}

describe("the two legs of a call", () => {
  test("share no Call-ID, tag, branch, port, address or origin, from the INVITE to the BYE", async () => {
    const callee = await exchange.phone("agent", { incoming: { type: "ring" } });
    const caller = await exchange.phone("customer", { registered: false });
    const call = await caller.call("1001");
    const rang = await callee.nextCall();
    rang.ring(true);
    await until("183", () => call.statuses.includes(183));
    rang.answer();
    await call.answered();
    await call.hold("sendonly");
    await call.resume();
    await rang.reinvite();
    await call.pressKey("5", "info");
    await hears(call, ["agent"]);
    await call.hangup();
    await rang.ended();

    const [ofCaller, ofCallee] = [wire(caller), wire(callee)];
    for (const name of namesOf(caller, call)) expect(ofCallee).not.toContain(name);
    for (const name of namesOf(callee, rang)) expect(ofCaller).not.toContain(name);
    // The tests above can fail: each leg's own bytes do contain them.
    expect(namesOf(caller, call).length).toBeGreaterThan(10);
    for (const name of namesOf(caller, call)) expect(ofCaller).toContain(name);
  });

  test("share no SSRC: neither party's own appears on the other leg", async () => {
    const { customer, agent } = await exchange.talk();
    await Promise.all([frames(customer, 5), frames(agent, 5)]);
    const ssrcs = [customer, agent].map((leg) => new Set(leg.media.recorder.packets.map(({ ssrc }) => ssrc)));
    const all = [customer.media.ssrc, agent.media.ssrc, ...ssrcs.flatMap((set) => [...set])];
    expect(new Set(all).size).toBe(4);
    expect(all).toHaveLength(4);
  });
});

describe("digits between the parties", () => {
  test("by RFC 4733 arrive once, under the payload type that each phone asked for", async () => {
    const { customer, agent } = await exchange.talk({ customer: { eventType: 96 } });
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    await customer.pressKey("4");
    await customer.pressKey("#");
    await agent.pressKey("D");
    await until(
      "all keys",
      () => agent.media.recorder.digits === "4#" && customer.media.recorder.digits === "D",
    );
    await frames(agent, 5);
    const typesOf = (leg: PhoneCall) =>
      [...new Set(leg.media.recorder.packets.map(({ payloadType }) => payloadType))].sort((a, b) => a - b);
    expect(typesOf(customer)).toEqual([8, 96]);
    expect(typesOf(agent)).toEqual([8, 101]);
    expect([agent.media.recorder.digits, customer.media.recorder.digits]).toEqual(["4#", "D"]);
  });

  test("by INFO arrive by INFO, in either spelling", async () => {
    const { customer, agent } = await exchange.talk();
    await customer.pressKey("1", "info");
    await customer.pressKey("*", "info-dtmf");
    await agent.pressKey("9", "info");
    await until("all keys", () => agent.infoDigits === "1*" && customer.infoDigits === "9");
    expect([agent.media.recorder.digits, customer.media.recorder.digits]).toEqual(["", ""]);
  });

  test("by RFC 4733 arrive transcoded too, where the legs have different codecs", async () => {
    const { customer, agent } = await exchange.talk({
      customer: { codecs: ["PCMU"] },
      agent: { codecs: ["PCMA"] },
    });
    await hears(agent, ["customer"]);
    await customer.pressKey("7");
    await until("the key", () => agent.media.recorder.digits === "7");
    await hears(agent, ["customer"]);
  });

  test("by INFO with a body that is no key are refused with 415, an empty one is 200", async () => {
    const { customer } = await exchange.talk();
    const strange = await customer.request("INFO", { type: "text/plain", content: "hello" });
    expect(strange.status).toBe(415);
    expect((await customer.request("INFO")).status).toBe(200);
  });
});

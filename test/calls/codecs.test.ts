import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { frames, hears } from "../support/floor.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { type CodecName, formatsOf, writeSdp } from "../support/phone/sdp.ts";
import { patternPayloads } from "../support/phone/tone.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const PAYLOAD_TYPE = { PCMU: 0, PCMA: 8 } as const;

/** An offer of the leg's own media in these codecs alone. */
const offering = (leg: PhoneCall, codecs: readonly CodecName[]) =>
  writeSdp({ ...leg.media.local, direction: "sendrecv", formats: formatsOf(codecs) }, 7);

const FOREIGN = (leg: PhoneCall) =>
  writeSdp(
    { ...leg.media.local, direction: "sendrecv", formats: [{ payloadType: 18, encoding: "G729" }] },
    7,
  );

const lastType = (leg: PhoneCall) => leg.media.recorder.audio.at(-1)?.payloadType;

describe("the codec of each leg", () => {
  test("is its own: a PCMU caller and a PCMA callee hear each other's tone", async () => {
    const { customer, agent } = await exchange.talk({
      customer: { codecs: ["PCMU"] },
      agent: { codecs: ["PCMA"] },
    });
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect([lastType(customer), lastType(agent)]).toEqual([PAYLOAD_TYPE.PCMU, PAYLOAD_TYPE.PCMA]);
  });

  test.each<[readonly CodecName[], readonly CodecName[]]>([
    [
      ["PCMU", "PCMA"],
      ["PCMA", "PCMU"],
    ],
    [
      ["PCMA", "PCMU"],
      ["PCMU", "PCMA"],
    ],
    [["PCMU"], ["PCMA", "PCMU"]],
    [["PCMA", "PCMU"], ["PCMU"]],
    [["PCMU", "PCMA"], ["PCMA"]],
  ])(
    "is the same where both have one: a caller of %s and a callee of %s get each other's bytes",
    async (a, b) => {
      const said = { customer: patternPayloads(1), agent: patternPayloads(2) };
      const { customer, agent } = await exchange.talk({
        customer: { codecs: a, payloads: said.customer },
        agent: { codecs: b, payloads: said.agent },
      });
      await Promise.all([frames(customer, 10), frames(agent, 10)]);
      expect(lastType(customer)).toBe(lastType(agent));
      for (const [leg, other] of [
        [customer, said.agent],
        [agent, said.customer],
      ] as const) {
        for (const { payload } of leg.media.recorder.audio) {
          const index = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
          expect(payload).toEqual(other(index));
        }
      }
    },
  );
});

describe("a re-INVITE", () => {
  test("to another codec is answered here: the other leg's stream goes on as it was, transcoded", async () => {
    const { customer, agent } = await exchange.talk();
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect(await customer.reinvite(offering(customer, ["PCMU"]))).toBe(200);
    await until("PCMU at the customer", () => lastType(customer) === PAYLOAD_TYPE.PCMU);
    await frames(agent, 15);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect(lastType(agent)).toBe(PAYLOAD_TYPE.PCMA);
    expect(agent.reinvites).toBe(0);
    const { packets } = agent.media.recorder;
    expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(
      packets.every(({ sequence }, i) => sequence === (((packets[0]?.sequence ?? 0) + i) & 0xffff)),
    ).toBe(true);
  });

  test("without SDP is offered what is in force, and its answer in the ACK counts", async () => {
    const { customer, agent } = await exchange.talk({ agent: { codecs: ["PCMU"] } });
    expect(await customer.reinvite(null)).toBe(200);
    await frames(agent, 15);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect([lastType(customer), agent.reinvites]).toEqual([PAYLOAD_TYPE.PCMU, 0]);
  });

  test("without SDP is taken as its ACK answers it: another codec, a hold", async () => {
    const { customer, agent } = await exchange.talk();
    await hears(agent, ["customer"]);
    expect(await customer.reinvite(null, offering(customer, ["PCMU"]))).toBe(200);
    await until("PCMU at the customer", () => lastType(customer) === PAYLOAD_TYPE.PCMU);
    const held = offering(customer, ["PCMU"]).replace("a=sendrecv", "a=sendonly");
    expect(await customer.reinvite(null, held)).toBe(200);
    await Promise.all([hears(customer, []), hears(agent, [])]);
    expect(agent.reinvites).toBe(0);
  });

  test("without a common codec is refused with 488, and the call goes on as it was", async () => {
    const { customer, agent } = await exchange.talk();
    expect(await customer.reinvite(FOREIGN(customer))).toBe(488);
    expect(await agent.reinvite("gibberish")).toBe(400);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    expect(exchange.server.counts()).toMatchObject({ calls: 1, sessions: 2 });
  });

  test("of both parties at the same moment is answered to both: each leg is a dialog of its own", async () => {
    const { customer, agent } = await exchange.talk();
    const answers = await Promise.all([
      customer.reinvite(offering(customer, ["PCMU"])),
      agent.reinvite(offering(agent, ["PCMA"])),
    ]);
    expect(answers).toEqual([200, 200]);
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
  });

  test("before the one before is answered for gets 491 or 500, never silence", async () => {
    const { customer, agent } = await exchange.talk();
    const answers = await Promise.all([customer.reinvite(), customer.reinvite()]);
    expect(answers).toContain(200);
    for (const answer of answers) expect([200, 491, 500]).toContain(answer);
    await hears(agent, ["customer"]);
  });

  test("without any change changes nothing, not even the version of our description", async () => {
    const phone = await exchange.phone("customer", { registered: false });
    await exchange.phone("agent");
    const call = await phone.call("1001");
    await call.answered();
    const same = offering(call, ["PCMA"]);
    await call.reinvite(same);
    await call.reinvite(same);
    const origins = phone.log.flatMap(({ direction, message }) =>
      direction === "received" && message.body.length > 0
        ? [/^o=.*$/m.exec(new TextDecoder().decode(message.body))?.[0]]
        : [],
    );
    expect(new Set(origins).size).toBe(1);
  });
});

describe("a late offer", () => {
  test("is ours in the 200; its answer in the ACK connects the call", async () => {
    const agent = await exchange.phone("agent");
    const phone = await exchange.phone("customer", { registered: false, codecs: ["PCMU"] });
    const call = await phone.call("1001", { lateOffer: true });
    await call.answered();
    const other = await agent.nextCall();
    await Promise.all([hears(call, ["agent"]), hears(other, ["customer"])]);
    expect(lastType(call)).toBe(PAYLOAD_TYPE.PCMU);
  });

  test("answered with no codec of ours ends the call for both", async () => {
    const agent = await exchange.phone("agent");
    const phone = await exchange.phone("customer", { registered: false });
    const call = await phone.call("1001", { lateOffer: true, sdp: "gibberish" });
    expect(await call.ended()).toMatchObject({ by: "them" });
    expect(await agent.calls[0]?.ended()).toMatchObject({ by: "them" });
  });

  test("of a supervisor's phone is as good as any", async () => {
    const { customer } = await exchange.talk();
    const supervisor = await (await exchange.phone("supervisor")).call("*921001", { lateOffer: true });
    await supervisor.answered();
    await hears(customer, ["agent", "supervisor"]);
    await hears(supervisor, ["agent", "customer"]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { hears } from "../support/floor.ts";
import type { Phone } from "../support/phone/phone.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange({ yaml: "calls: { ringTimeout: 1 }" });
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const caller = () => exchange.phone("customer", { registered: false });
const ringing = () => exchange.phone("agent", { incoming: { type: "ring" } });

/** An answer that agrees to no codec that was offered. */
const FOREIGN = [
  "v=0",
  "o=phone 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 4000 RTP/AVP 18",
  "a=rtpmap:18 G729/8000",
  "",
].join("\r\n");

const statusesOf = (phone: Phone) =>
  phone.log.flatMap(({ message }) =>
    message.type === "response" && message.headers.cseq.method === "INVITE" ? [message.status] : [],
  );

describe("a call that is not answered", () => {
  test.each([
    [486, 486],
    [603, 603],
    [480, 480],
    [404, 404],
    [488, 488],
    // Our trouble with that phone, nothing the caller could act on.
    [500, 480],
    [401, 480],
    [302, 480],
  ])("because the phone says %i is refused with %i", async (said, told) => {
    await exchange.phone("agent", { incoming: { type: "refuse", status: said } });
    const call = await (await caller()).call("1001");
    expect(await call.ended()).toMatchObject({ by: "them", status: told });
  });

  test("in time is refused with 480, and the phone stops ringing", async () => {
    const agent = await ringing();
    const call = await (await caller()).call("1001");
    const rang = await agent.nextCall();
    expect(await call.ended()).toMatchObject({ status: 480, reason: "No answer" });
    expect(await rang.ended()).toMatchObject({ by: "them", status: 487 });
  });

  test("because nobody is registered there is refused with 480, one to nowhere with 404", async () => {
    const phone = await caller();
    expect(await (await phone.call("1002")).ended()).toMatchObject({
      status: 480,
      reason: "The extension is not registered",
    });
    expect(await (await phone.call("7777")).ended()).toMatchObject({
      status: 404,
      reason: "No such extension: 7777",
    });
  });

  test("because its only phone says nothing at all is refused, and nothing lingers", async () => {
    await exchange.phone("agent", { incoming: { type: "silent" } });
    const call = await (await caller()).call("1001");
    expect(await call.ended()).toMatchObject({ status: 480, reason: "No answer" });
  });

  test("of a caller that shares no codec is refused with 488 before any phone rings", async () => {
    const agent = await ringing();
    const call = await (await caller()).call("1001", { sdp: FOREIGN });
    expect(await call.ended()).toMatchObject({ status: 488 });
    expect(agent.calls).toEqual([]);
  });

  test("of a caller whose description is no SDP is refused with 400", async () => {
    const call = await (await caller()).call("1001", { sdp: "gibberish" });
    expect(await call.ended()).toMatchObject({ status: 400 });
  });

  test("by a wrong password is refused with 401 and rings nobody", async () => {
    const agent = await ringing();
    const phone = await exchange.phone("customer", { registered: false, password: "wrong" });
    expect(await (await phone.call("1001")).ended()).toMatchObject({ status: 401 });
    expect(agent.calls).toEqual([]);
  });
});

describe("a callee's answer that cannot be used", () => {
  test.each([
    ["without SDP", ""],
    ["without a common codec", FOREIGN],
    ["whose SDP is none", "gibberish"],
  ])("%s is acknowledged and hung up, and the caller is refused", async (_name, sdp) => {
    const agent = await ringing();
    const phone = await caller();
    const call = await phone.call("1001");
    const rang = await agent.nextCall();
    rang.answer(sdp);
    expect((await call.ended()).status).toBeGreaterThanOrEqual(400);
    expect(await rang.ended()).toMatchObject({ by: "them" });
    expect(statusesOf(phone)).not.toContain(200);
  });

  test("leaves the other phones of the callee ringing", async () => {
    const [first, second] = await Promise.all([ringing(), ringing()]);
    const call = await (await caller()).call("1001");
    const [bad, good] = await Promise.all([first.nextCall(), second.nextCall()]);
    bad.answer(FOREIGN);
    await bad.ended();
    good.answer();
    await call.answered();
    await hears(call, ["agent"]);
  });

  test("without SDP is good where the early media has brought it", async () => {
    const agent = await ringing();
    const call = await (await caller()).call("1001");
    const rang = await agent.nextCall();
    rang.ring(true);
    await until("183", () => call.statuses.includes(183));
    rang.answer("");
    await call.answered();
    await hears(call, ["agent"]);
    await hears(rang, ["customer"]);
  });
});

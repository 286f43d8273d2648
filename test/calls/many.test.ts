import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const isTalking = (call: PhoneCall) => call.state === "talking";

/** The caller, the callee, or the caller before the answer. */
const ENDS = ["caller", "callee", "cancel"] as const;

test("two hundred calls in batches of ten, ended in every way, leave nothing behind", async () => {
  const agent = await exchange.phone("agent", { over: "tcp" });
  const caller = await exchange.phone("customer", { registered: false });
  const ended: string[] = [];
  exchange.server.calls.events.on("ended", (call) => ended.push(call.id));
  for (let batch = 0; batch < 20; batch++) {
    const calls = await Promise.all(Array.from({ length: 10 }, () => caller.call("1001")));
    const end = ENDS[batch % ENDS.length];
    if (end === "cancel") {
      await Promise.all(calls.map((call) => call.cancel()));
    } else {
      await Promise.all(calls.map((call) => call.answered()));
      await until("ten talk at the callee", () => agent.calls.filter(isTalking).length === 10);
      const hungUp = end === "caller" ? calls : agent.calls.filter(isTalking);
      await Promise.all(hungUp.map((call) => call.hangup()));
      await Promise.all(calls.map((call) => call.ended()));
    }
    await until("the callee is free", () => agent.liveCalls === 0);
  }
  await exchange.server.quiet();
  expect(caller.calls).toHaveLength(200);
  expect(new Set(ended).size).toBe(ended.length);
  expect(caller.calls.filter(({ statuses }) => statuses.includes(200)).length).toBeGreaterThan(100);
});

test("twenty calls at once, each supervised, leave nothing behind", async () => {
  const agent = await exchange.phone("agent");
  const [caller, supervisor] = await Promise.all([
    exchange.phone("customer", { registered: false }),
    exchange.phone("supervisor"),
  ]);
  const calls = await Promise.all(Array.from({ length: 20 }, () => caller.call("1001")));
  await Promise.all(calls.map((call) => call.answered()));
  const legs = await Promise.all(Array.from({ length: 20 }, (_, i) => supervisor.call(`*9${i % 3}1001`)));
  await Promise.all(legs.map((leg) => leg.answered()));
  expect(exchange.server.counts()).toMatchObject({ calls: 20, supervisions: 20, ports: 60, sessions: 60 });
  await Promise.all(calls.map((call) => call.hangup()));
  await Promise.all(legs.map((leg) => leg.ended()));
  await until("the agent is free", () => agent.liveCalls === 0);
  await exchange.server.quiet();
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { until } from "../support/phone/until.ts";

let exchange: Exchange;
const stopped: Promise<void>[] = [];

beforeAll(async () => {
  exchange = await openExchange();
});
afterAll(() => Promise.all(stopped));

test("a server that stops hangs up what it has, and refuses what comes meanwhile with 503", async () => {
  const late = await exchange.phone("second");
  const { customer, agent } = await exchange.talk();
  // A phone that is gone without a word keeps the server waiting for the answer to its BYE.
  const dead = await exchange.phone("supervisor");
  const supervision = await dead.call("*901001");
  await supervision.answered();
  await dead.vanish();

  stopped.push(exchange.server.close());
  expect((await agent.ended()).by).toBe("them");
  expect((await customer.ended()).by).toBe("them");
  const refused = await late.call("1001");
  await until("a refusal", () => refused.end !== undefined);
  expect(refused.end).toMatchObject({ status: 503, reason: expect.stringContaining("stopping") });
});

import { afterEach, expect, test } from "vitest";
import { type Floor, frames, hears, openFloor, type Who } from "../support/floor.ts";
import { until } from "../support/phone/until.ts";

let floor: Floor;
afterEach(() => floor.close());

test.each<[string, readonly Who[], readonly Who[]]>([
  ["*90", ["customer"], ["agent"]],
  ["*91", ["customer", "supervisor"], ["agent"]],
  ["*92", ["customer", "supervisor"], ["agent", "supervisor"]],
  ["*93", ["customer", "supervisor"], ["supervisor"]],
])(
  "promise 8: under %s no key of the supervisor reaches a party, by RFC 4733, by INFO or as a tone",
  async (code, agentHears, customerHears) => {
    floor = await openFloor();
    const { customer, agent } = await floor.call();
    const supervisor = await floor.supervise(code);
    await hears(agent, agentHears);
    // Keys without a meaning, so that the mode stays.
    for (const key of ["1", "2", "3", "#"]) {
      await supervisor.pressKey(key, "rfc4733");
      await supervisor.pressKey(key, "info");
    }
    await frames(supervisor, 60);
    for (const leg of [agent, customer]) {
      expect(leg.media.recorder.digits).toBe("");
      expect(leg.infoDigits).toBe("");
      expect(
        leg.media.recorder.packets.every(({ payloadType }) => payloadType === 8 || payloadType === 0),
      ).toBe(true);
    }
    await hears(agent, agentHears);
    await hears(customer, customerHears);
  },
);

test("promise 8: the parties' own keys go on to each other, and to no supervisor", async () => {
  floor = await openFloor();
  const { customer, agent } = await floor.call();
  const supervisor = await floor.supervise("*92");
  await hears(customer, ["agent", "supervisor"]);
  await customer.pressKey("7", "rfc4733");
  await frames(agent, 25);
  await agent.pressKey("3", "info");
  await until("the key by INFO at the customer", () => customer.infoDigits !== "");
  await hears(customer, ["agent", "supervisor"]);
  expect(agent.media.recorder.digits).toBe("7");
  expect(customer.infoDigits).toBe("3");
  expect(supervisor.media.recorder.digits).toBe("");
  expect(supervisor.infoDigits).toBe("");
});

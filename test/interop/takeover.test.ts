import { afterAll, beforeAll, test } from "vitest";
import { expectHeard, ThreePhones } from "./three-phones.ts";

let floor: ThreePhones;
beforeAll(async () => {
  floor = await ThreePhones.start();
});
afterAll(async () => floor?.stop());

test("a supervisor takes the call over, hands it back, and ends with it", async () => {
  const { agent, customer, supervisor } = floor;
  await floor.connect();
  await floor.supervise("*91");

  supervisor.press("7");
  const takenOver = await floor.measure();
  expectHeard(takenOver.customer, ["supervisor"]);
  expectHeard(takenOver.supervisor, ["customer"]);
  expectHeard(takenOver.agent, ["customer", "supervisor"]);

  supervisor.press("9");
  const handedBack = await floor.measure();
  expectHeard(handedBack.customer, ["agent"]);
  expectHeard(handedBack.agent, ["customer", "supervisor"]);
  expectHeard(handedBack.supervisor, ["agent", "customer"]);

  // Whoever is left in the call still hears the supervisor, who is no part of the hold.
  customer.hold();
  const held = await floor.measure(["agent", "supervisor"]);
  expectHeard(held.agent, ["supervisor"]);
  expectHeard(held.supervisor, ["agent"]);

  agent.hangUp();
  await Promise.all([customer.event("CALL_CLOSED"), supervisor.event("CALL_CLOSED")]);
});

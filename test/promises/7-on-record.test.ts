import { afterEach, expect, test } from "vitest";
import { type Floor, hears, openFloor } from "../support/floor.ts";

let floor: Floor;
afterEach(() => floor.close());

/** "mode: listener<speaker" for every interval, in the order they began. */
function intervals(): string[] {
  return floor
    .ledger()
    .filter((entry) => entry.event === "opened")
    .map(({ mode, listener, speaker }) => `${mode}: ${listener}<${speaker}`);
}

test("promise 7: who heard whom, in which mode and why, is in the ledger for every interval", async () => {
  floor = await openFloor();
  const { customer, agent } = await floor.call();
  expect(floor.ledger()).toEqual([]);
  const supervisor = await floor.supervise("*90");
  await hears(supervisor, ["agent", "customer"]);
  expect(intervals().sort()).toEqual(["monitor: 3001<1001", "monitor: 3001<2001"]);

  await supervisor.pressKey("5");
  await hears(agent, ["customer", "supervisor"]);
  await supervisor.pressKey("6");
  await hears(customer, ["agent", "supervisor"]);
  await supervisor.hangup();
  await hears(customer, ["agent"]);

  expect(intervals().sort()).toEqual([
    "barge: 1001<3001",
    "barge: 2001<3001",
    "barge: 3001<1001",
    "barge: 3001<2001",
    "monitor: 3001<1001",
    "monitor: 3001<2001",
    "whisper: 1001<3001",
    "whisper: 3001<1001",
    "whisper: 3001<2001",
  ]);
  const entries = floor.ledger();
  const opened = entries.filter((entry) => entry.event === "opened");
  const closed = entries.filter((entry) => entry.event === "closed");
  expect(closed.map((entry) => entry.opened).sort()).toEqual(opened.map((entry) => entry.sequence).sort());
  for (const entry of entries) {
    expect(entry.supervisor).toBe("3001");
    expect(entry.reason).toBe(entry.mode === "monitor" ? "feature-code" : "key");
    if (entry.until !== null) expect(entry.until).toBeGreaterThanOrEqual(entry.from);
  }
});

test("promise 7: a refused supervision, and a call without one, leave no interval", async () => {
  floor = await openFloor();
  const { customer } = await floor.call();
  const attempt = await floor.phones.customer.call("*901001");
  await attempt.ended();
  await customer.hangup();
  await floor.server.quiet();
  expect(floor.ledger()).toEqual([]);
});

import { expect, test } from "vitest";
import { hears, isAudible, MODES, type Mode, type Role } from "./modes.ts";

test.each<[Mode, Role, boolean, boolean, boolean]>([
  ["monitor", "agent", false, true, false],
  ["monitor", "customer", true, false, false],
  ["monitor", "supervisor", true, true, false],
  ["whisper", "agent", false, true, true],
  ["whisper", "customer", true, false, false],
  ["whisper", "supervisor", true, true, false],
  ["barge", "agent", false, true, true],
  ["barge", "customer", true, false, true],
  ["barge", "supervisor", true, true, false],
  ["takeover", "agent", false, true, true],
  ["takeover", "customer", false, false, true],
  ["takeover", "supervisor", false, true, false],
])(
  "in %s, the %s hears agent: %s, customer: %s, supervisor: %s",
  (mode, listener, agent, customer, supervisor) => {
    expect(hears(mode, listener, "agent")).toBe(agent);
    expect(hears(mode, listener, "customer")).toBe(customer);
    expect(hears(mode, listener, "supervisor")).toBe(supervisor);
  },
);

test("a supervisor is audible in every mode but monitor", () => {
  expect(MODES.filter(isAudible)).toEqual(["whisper", "barge", "takeover"]);
});

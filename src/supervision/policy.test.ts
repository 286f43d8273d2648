import fc from "fast-check";
import { expect, test } from "vitest";
import type { FailureCode } from "../core/failure.ts";
import { MODES } from "./modes.ts";
import { decide, type Facts, type Member, type PolicyCall } from "./policy.ts";

const supervisor: Member = { extension: "3001", role: "supervisor", supervises: ["sales"] };
const agent: Member = { extension: "1001", role: "agent", team: "sales", supervises: [] };
const call = between("1001", "2001");

function between(...extensions: string[]): PolicyCall {
  return { state: "talking", parties: extensions.map((extension) => ({ user: { extension } })) };
}

const allowed: Facts = { actor: supervisor, target: agent, call };

test.each(MODES)("a supervisor may %s a live call of a team it supervises", (mode) => {
  expect(decide({ ...allowed, action: mode })).toEqual({ ok: true, value: true });
});

test.each<[string, Partial<Facts>, FailureCode]>([
  ["somebody the house does not know", { actor: undefined }, "supervision.not-a-supervisor"],
  [
    "an agent, even one with teams",
    { actor: { ...supervisor, role: "agent" } },
    "supervision.not-a-supervisor",
  ],
  ["a customer", { actor: { ...supervisor, role: "customer" } }, "supervision.not-a-supervisor"],
  [
    "an agent that asks for an unknown extension",
    { actor: agent, target: undefined },
    "supervision.not-a-supervisor",
  ],
  ["a supervisor of an unknown extension", { target: undefined }, "supervision.no-such-extension"],
  ["a supervisor of itself", { target: { ...supervisor, team: "sales" } }, "supervision.oneself"],
  ["a supervisor of a call it takes part in", { call: between("1001", "3001") }, "supervision.oneself"],
  ["a supervisor of another team", { target: { ...agent, team: "support" } }, "supervision.not-your-team"],
  [
    "a supervisor of somebody in no team",
    { target: { extension: "1001", role: "agent", supervises: [] } },
    "supervision.not-your-team",
  ],
  ["a supervisor of no team", { actor: { ...supervisor, supervises: [] } }, "supervision.not-your-team"],
  ["a supervisor where there is no call", { call: undefined }, "supervision.no-live-call"],
  ["a supervisor of a call that rings", { call: { ...call, state: "ringing" } }, "supervision.no-live-call"],
  [
    "a supervisor of a call with early media",
    { call: { ...call, state: "early" } },
    "supervision.no-live-call",
  ],
  [
    "a supervisor of a call the target is not in",
    { call: between("1002", "2001") },
    "supervision.no-live-call",
  ],
])("%s is refused", (_who, changed, code) => {
  for (const mode of MODES) {
    expect(decide({ ...allowed, ...changed, action: mode })).toMatchObject({ ok: false, error: { code } });
  }
});

test("leaving needs no permission", () => {
  expect(decide({ actor: undefined, target: undefined, call: undefined, action: "leave" }).ok).toBe(true);
});

test("whatever the people and the call, only a supervisor of the target's team is let in", () => {
  const team = fc.constantFrom("sales", "support");
  const member: fc.Arbitrary<Member> = fc.record({
    extension: fc.constantFrom("1001", "3001", "2001"),
    role: fc.constantFrom("agent", "supervisor", "customer"),
    team,
    supervises: fc.array(team),
  });
  fc.assert(
    fc.property(fc.constantFrom(...MODES), fc.option(member), fc.option(member), (action, actor, target) => {
      const facts = { actor: actor ?? undefined, target: target ?? undefined, call };
      if (!decide({ ...facts, action }).ok) return;
      expect(actor?.role).toBe("supervisor");
      expect(actor?.supervises).toContain(target?.team);
      expect(actor?.extension).not.toBe(target?.extension);
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  INITIAL,
  MAX_RETRIES,
  type Modification,
  type ModificationEvent,
  retryDelayMs,
  step,
} from "./modification.ts";

const idle: Modification = { ours: "none", retries: 0, theirs: "none" };
const draw = { owner: true, chance: 0 };

describe("ours", () => {
  test("is sent when nothing else is in progress", () => {
    expect(step(idle, { type: "send", ...draw })).toEqual({
      state: { ...idle, ours: "sent" },
      effect: { type: "send" },
    });
  });

  test.each(["proceeding", "accepted"] as const)("waits while theirs is %s (RFC 3261 §14.1)", (theirs) => {
    expect(step({ ...idle, theirs }, { type: "send", ...draw }).effect).toEqual({ type: "wait", ms: 2100 });
  });

  test("is tried again three times after a 491, then its answer stands", () => {
    let state = step(idle, { type: "send", ...draw }).state;
    for (let i = 0; i < MAX_RETRIES; i++) {
      const refused = step(state, { type: "answered", status: 491, ...draw });
      expect(refused.effect?.type).toBe("wait");
      const again = step(refused.state, { type: "retry", ...draw });
      expect(again.effect?.type).toBe("send");
      state = again.state;
    }
    expect(step(state, { type: "answered", status: 491, ...draw })).toEqual({
      state: idle,
      effect: { type: "done" },
    });
  });

  test.each([0, 200, 408, 481, 488, 500])("is done with the answer %i", (status) => {
    expect(step({ ...idle, ours: "sent" }, { type: "answered", status, ...draw }).effect).toEqual({
      type: "done",
    });
  });
});

describe("theirs", () => {
  test.each<[string, Modification, unknown]>([
    ["is delivered when nothing is in progress", idle, { type: "deliver" }],
    [
      "is delivered while ours only waits for its next try",
      { ...idle, ours: "waiting", retries: 1 },
      { type: "deliver" },
    ],
    ["meets ours in the air: 491", { ...idle, ours: "sent" }, { type: "refuse", status: 491 }],
    [
      "comes before the ACK of an earlier 2xx: 491",
      { ...idle, theirs: "accepted" },
      { type: "refuse", status: 491 },
    ],
    [
      "comes while an earlier one is being answered: 500 with Retry-After (§14.2)",
      { ...idle, theirs: "proceeding" },
      { type: "refuse", status: 500, retryAfterSeconds: 5 },
    ],
    [
      "comes before we have acknowledged the session's own 2xx: 491",
      INITIAL.sent,
      { type: "refuse", status: 491 },
    ],
  ])("%s", (_, state, effect) => {
    expect(step(state, { type: "received", chance: 0.5 }).effect).toEqual(effect);
  });

  test("leaves the way free once it is acknowledged or refused", () => {
    expect(step({ ...idle, theirs: "accepted" }, { type: "theirs-over" }).state).toEqual(idle);
  });
});

test("the wait is 2.1 to 4 s for the owner of the Call-ID and 0 to 2 s for the other, in steps of 10 ms (§14.1)", () => {
  expect([retryDelayMs(true, 0), retryDelayMs(true, 0.999999)]).toEqual([2100, 4000]);
  expect([retryDelayMs(false, 0), retryDelayMs(false, 0.999999)]).toEqual([0, 2000]);
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (owner, chance) => {
        expect(retryDelayMs(owner, chance) % 10).toBe(0);
      },
    ),
  );
});

test("whatever happens, INVITEs of both sides are never in progress together", () => {
  const chance = fc.constant({ owner: false, chance: 0.5 });
  const event: fc.Arbitrary<ModificationEvent> = fc.oneof(
    chance.map((c) => ({ type: "send", ...c }) as const),
    chance.map((c) => ({ type: "retry", ...c }) as const),
    fc
      .constantFrom(200, 491)
      .map((status) => ({ type: "answered", status, owner: false, chance: 0.5 }) as const),
    fc.constantFrom<ModificationEvent>({ type: "received", chance: 0.5 }, { type: "theirs-over" }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state = idle;
      for (const one of events) {
        state = step(state, one).state;
        expect(state.ours === "sent" && state.theirs !== "none").toBe(false);
        expect(state.retries).toBeLessThanOrEqual(MAX_RETRIES);
      }
    }),
  );
});

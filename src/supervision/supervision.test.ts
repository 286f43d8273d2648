import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failure } from "../core/failure.ts";
import { MODES, type Mode } from "./modes.ts";
import type { Facts } from "./policy.ts";
import { begin, type Event, type State, step, type Way } from "./supervision.ts";

const ALLOWED: Facts = {
  actor: { extension: "3001", role: "supervisor", supervises: ["sales"] },
  target: { extension: "1001", role: "agent", team: "sales", supervises: [] },
  call: { state: "talking", parties: [{ user: { extension: "1001" } }, {}] },
};
const NOT_ALLOWED: Facts = { ...ALLOWED, actor: undefined };
const NO_CALL: Facts = { ...ALLOWED, call: undefined };

const invited = (mode: Mode): State => ({ phase: "invited", mode });
const attached = (mode: Mode, handBackTo: Mode = mode, way: Way = "feature-code", holds = false): State => ({
  phase: "attached",
  mode,
  handBackTo,
  way,
  holds,
});
const WAITING: State = { phase: "waiting", holds: false };
const ENDED: State = { phase: "ended" };
const key = (command: Mode | "handback"): Event => ({ type: "key", command });
const BROKEN: Event = { type: "failed", failure: failure("supervision.not-recordable") };

test("begins invited where the policy allows it, and not at all where it does not", () => {
  expect(begin("whisper", ALLOWED)).toEqual({ ok: true, value: invited("whisper") });
  expect(begin("whisper", NOT_ALLOWED)).toMatchObject({ error: { code: "supervision.not-a-supervisor" } });
});

test.each<[State, Event, State, string[]]>([
  [invited("monitor"), { type: "answered" }, attached("monitor"), ["apply-audio"]],
  [invited("barge"), { type: "answered" }, attached("barge"), ["apply-audio"]],
  [invited("takeover"), { type: "answered" }, attached("takeover", "monitor"), ["supersede", "apply-audio"]],
  [invited("barge"), { type: "leg-ended" }, ENDED, []],
  [invited("barge"), key("monitor"), invited("barge"), []],
  [invited("barge"), { type: "call-ended" }, invited("barge"), []],
  [invited("barge"), BROKEN, invited("barge"), []],
  [attached("monitor"), key("whisper"), attached("whisper", "whisper", "key"), ["apply-audio"]],
  [attached("whisper"), key("whisper"), attached("whisper"), []],
  [
    attached("whisper"),
    key("takeover"),
    attached("takeover", "whisper", "key"),
    ["supersede", "apply-audio"],
  ],
  [attached("takeover", "whisper"), key("handback"), attached("whisper", "whisper", "key"), ["apply-audio"]],
  [attached("takeover", "monitor"), key("barge"), attached("barge", "barge", "key"), ["apply-audio"]],
  [attached("barge"), key("handback"), attached("barge"), []],
  [attached("takeover", "barge"), { type: "superseded" }, attached("monitor", "monitor", "superseded"), []],
  [attached("barge"), { type: "superseded" }, attached("barge"), []],
  [attached("barge"), { type: "facts-changed" }, attached("barge"), []],
  [attached("barge"), { type: "call-ended" }, ENDED, ["apply-audio", "hang-up"]],
  [attached("barge"), { type: "leg-ended" }, ENDED, ["apply-audio"]],
  [
    attached("barge"),
    { type: "leg-held", on: true },
    attached("barge", "barge", "feature-code", true),
    ["apply-audio"],
  ],
  [attached("barge"), { type: "leg-held", on: false }, attached("barge"), []],
  [
    attached("barge", "barge", "feature-code", true),
    key("monitor"),
    attached("monitor", "monitor", "key", true),
    ["apply-audio"],
  ],
  [attached("barge"), BROKEN, ENDED, ["apply-audio", "hang-up"]],
  [attached("barge"), { type: "call-started" }, attached("barge"), []],
  [WAITING, { type: "call-started" }, attached("monitor", "monitor", "next-call"), ["apply-audio"]],
  [WAITING, { type: "leg-held", on: true }, { phase: "waiting", holds: true }, []],
  [WAITING, { type: "leg-ended" }, ENDED, []],
  [WAITING, key("barge"), WAITING, []],
])("%o, on %o, becomes %o with the effects %o", (before, event, after, effects) => {
  const { state, effects: made } = step(before, event, ALLOWED, "end");
  expect(state).toEqual(after);
  expect(made.map((effect) => effect.type)).toEqual(effects);
});

describe("promise 6: one policy, asked at every change", () => {
  test.each<[State, Event]>([
    [invited("monitor"), { type: "answered" }],
    [attached("monitor"), key("barge")],
    [attached("takeover", "barge"), key("handback")],
    [attached("monitor"), { type: "facts-changed" }],
    [WAITING, { type: "call-started" }],
  ])("%o, on %o, ends in silence with a reason when it is no longer allowed", (before, event) => {
    expect(step(before, event, NOT_ALLOWED, "wait")).toEqual({
      state: ENDED,
      effects: [
        { type: "apply-audio" },
        { type: "hang-up", reason: "Not allowed: only supervisors may supervise" },
      ],
    });
  });

  test("the call that ended while the leg was being answered ends the supervision at the answer", () => {
    expect(step(invited("barge"), { type: "answered" }, NO_CALL, "end")).toEqual({
      state: ENDED,
      effects: [{ type: "apply-audio" }, { type: "hang-up", reason: "The supervised call has ended" }],
    });
  });
});

test("where supervisions wait, the end of the call leaves a silent leg, at the answer too", () => {
  expect(step(attached("barge"), { type: "call-ended" }, NO_CALL, "wait").state).toEqual(WAITING);
  expect(step(invited("barge"), { type: "answered" }, NO_CALL, "wait").state).toEqual(WAITING);
  expect(step(attached("barge"), { type: "facts-changed" }, NO_CALL, "wait").state).toEqual(WAITING);
});

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom<Event>(
    { type: "answered" },
    { type: "superseded" },
    { type: "facts-changed" },
    { type: "call-ended" },
    { type: "call-started" },
    { type: "leg-ended" },
    { type: "leg-held", on: true },
    { type: "leg-held", on: false },
    BROKEN,
  ),
  fc.constantFrom<Mode | "handback">(...MODES, "handback").map(key),
);
const anyHistory = fc.array(fc.tuple(anyEvent, fc.constantFrom(ALLOWED, NOT_ALLOWED, NO_CALL)), {
  maxLength: 20,
});

test("promise 5: whatever happens, leaving the matrix is applied, and before any hang-up", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...MODES),
      anyHistory,
      fc.constantFrom("end", "wait"),
      (mode, history, afterCall) => {
        let state = invited(mode);
        for (const [event, facts] of history) {
          const next = step(state, event, facts, afterCall);
          const types = next.effects.map((effect) => effect.type);
          if (state.phase === "attached" && next.state.phase !== "attached")
            expect(types[0]).toBe("apply-audio");
          if (types.includes("hang-up")) expect(types).toEqual(["apply-audio", "hang-up"]);
          if (state.phase === "ended") expect(next).toEqual({ state, effects: [] });
          state = next.state;
        }
      },
    ),
  );
});

test("promise 6: whatever happens, nobody comes into a mode that the policy does not allow at that moment", () => {
  fc.assert(
    fc.property(fc.constantFrom(...MODES), anyHistory, (mode, history) => {
      let state = invited(mode);
      for (const [event, facts] of history) {
        const { state: next } = step(state, event, facts, "wait");
        const was = state.phase === "attached" ? state.mode : undefined;
        // Being superseded takes a right away and gives none.
        if (next.phase === "attached" && next.mode !== was && event.type !== "superseded")
          expect(facts).toBe(ALLOWED);
        state = next;
      }
    }),
  );
});

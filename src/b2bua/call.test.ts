import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failure } from "../core/failure.ts";
import { begin, type CallEvent, type CallState, COMPLETED_ELSEWHERE, step } from "./call.ts";

const B1 = { leg: "b1" };
const B2 = { leg: "b2" };
const ringing = begin("a", [B1, B2]).state;
const busy = { status: 486, reason: "Busy Here" };

function run(start: CallState, ...events: CallEvent[]): { state: CallState; effects: string[] } {
  let state = start;
  const effects: string[] = [];
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    for (const effect of next.effects) {
      const leg = "leg" in effect ? ` ${effect.leg}` : "";
      effects.push(effect.type + leg);
    }
  }
  return { state, effects };
}

const answered: CallEvent = { type: "answered", leg: "b1" };
const talking = run(ringing, answered).state;

describe("a ringing call", () => {
  test("dials every contact of the callee at once", () => {
    const { state, effects } = begin("a", [B1, B2]);
    expect(state.phase).toBe("ringing");
    expect(effects.filter((effect) => effect.type === "dial")).toEqual([
      { type: "dial", leg: "b1" },
      { type: "dial", leg: "b2" },
    ]);
  });

  test("is refused as not registered where the callee has no contact", () => {
    const { state, effects } = begin("a", []);
    expect(state.phase).toBe("over");
    expect(effects[0]).toMatchObject({ type: "refuse-caller", refusal: { status: 480 } });
  });

  test("tells the caller that it rings once, however many contacts ring", () => {
    const { effects } = run(
      ringing,
      { type: "progress", leg: "b1", early: false },
      { type: "progress", leg: "b2", early: false },
    );
    expect(effects).toEqual(["tell-ringing"]);
  });

  test("lets the caller hear early media even after it was told of ringing", () => {
    const { state, effects } = run(
      ringing,
      { type: "progress", leg: "b1", early: false },
      { type: "progress", leg: "b2", early: true },
    );
    expect(effects).toEqual(["tell-ringing", "tell-ringing", "audio"]);
    expect(state).toMatchObject({ told: { early: "b2" } });
  });

  test("keeps the first contact's early media when another begins", () => {
    const { state } = run(
      ringing,
      { type: "progress", leg: "b1", early: true },
      { type: "progress", leg: "b2", early: true },
    );
    expect(state).toMatchObject({ told: { early: "b1" } });
  });

  test("takes early media away when the contact that sent it refuses", () => {
    const { state, effects } = run(
      ringing,
      { type: "progress", leg: "b1", early: true },
      { type: "refused", leg: "b1", refusal: busy },
    );
    expect(state).toMatchObject({ told: "ringing" });
    expect(effects).toEqual(["tell-ringing", "audio", "audio"]);
  });

  test("answers the caller and cancels the losers with the reason of RFC 3326 when a contact answers", () => {
    const { state, effects } = step(ringing, answered);
    expect(state).toEqual({ phase: "talking", caller: "a", callee: "b1", holding: [] });
    expect(effects).toContainEqual({ type: "end", leg: "b2", reason: COMPLETED_ELSEWHERE });
    expect(effects).toContainEqual({ type: "answer-caller" });
    expect(effects).toContainEqual({ type: "stop-ring-timer" });
  });

  test("goes on ringing while one contact of two refuses, and gives the best refusal after the last", () => {
    const one = run(ringing, { type: "refused", leg: "b1", refusal: busy });
    expect(one.state.phase).toBe("ringing");
    const two = step(one.state, { type: "refused", leg: "b2", refusal: { status: 404 } });
    expect(two.state.phase).toBe("over");
    expect(two.effects).toContainEqual({ type: "refuse-caller", refusal: busy });
  });

  test("ends at once when a contact declines for the callee everywhere (6xx)", () => {
    const { state, effects } = run(ringing, { type: "refused", leg: "b1", refusal: { status: 603 } });
    expect(state.phase).toBe("over");
    expect(effects).toContain("end b2");
    expect(effects).toContain("refuse-caller");
  });

  test.each<[string, CallEvent, number | undefined]>([
    ["the caller gives up", { type: "ended", leg: "a" }, undefined],
    ["nobody answers in time", { type: "ring-timeout" }, 480],
    ["the media engine dies", { type: "media-lost", leg: "a", reason: "worker" }, 503],
    ["the server stops", { type: "hang-up", reason: "shutdown" }, 480],
    ["nothing is in common", { type: "unanswerable", failure: failure("sdp.no-common-codec") }, 488],
  ])("ends every contact when %s", (_, event, status) => {
    const { state, effects } = step(ringing, event);
    expect(state.phase).toBe("over");
    const kinds = effects.map((effect) => ("leg" in effect ? `${effect.type} ${effect.leg}` : effect.type));
    expect(kinds).toContain("end b1");
    expect(kinds).toContain("end b2");
    expect(kinds).toContain("stop-ring-timer");
    expect(kinds.at(-1)).toBe("over");
    const refused = effects.find((effect) => effect.type === "refuse-caller");
    expect(refused?.refusal.status).toBe(status);
  });
});

describe("a talking call", () => {
  test.each([
    ["a", "b1"],
    ["b1", "a"],
  ])("hangs up the other when %s hangs up, and is silent first", (leg, other) => {
    expect(run(talking, { type: "ended", leg }).effects).toEqual(["audio", `end ${other}`, "over"]);
  });

  test("knows who holds, also when both do", () => {
    const both = run(talking, { type: "hold", leg: "a", on: true }, { type: "hold", leg: "b1", on: true });
    expect(both.state).toMatchObject({ holding: ["a", "b1"] });
    const one = step(both.state, { type: "hold", leg: "a", on: false });
    expect(one.state).toMatchObject({ holding: ["b1"] });
    expect(one.effects).toEqual([{ type: "audio" }, { type: "changed" }]);
  });

  test("hangs up both when the audio of one is lost", () => {
    expect(run(talking, { type: "media-lost", leg: "b1", reason: "RTP timeout" }).effects).toEqual([
      "audio",
      "end a",
      "end b1",
      "over",
    ]);
  });

  test("is not disturbed by what a loser of the fork still says", () => {
    const { state, effects } = run(
      talking,
      { type: "refused", leg: "b2", refusal: { status: 487 } },
      { type: "answered", leg: "b2" },
      { type: "ended", leg: "b2" },
      { type: "media-lost", leg: "b2", reason: "late" },
      { type: "hold", leg: "b2", on: true },
      { type: "ring-timeout" },
    );
    expect(state).toEqual(talking);
    expect(effects).toEqual([]);
  });

  test("hangs up the callee when the caller's late answer has no common codec", () => {
    const { state, effects } = run(talking, {
      type: "unanswerable",
      failure: failure("sdp.no-common-codec"),
    });
    expect(state.phase).toBe("over");
    expect(effects).toEqual(["audio", "end b1", "refuse-caller", "over"]);
  });
});

const leg = fc.constantFrom("a", "b1", "b2", "stranger");
const anyEvent: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.record({ type: fc.constant("progress" as const), leg, early: fc.boolean() }),
  fc.record({ type: fc.constant("answered" as const), leg }),
  fc.record({
    type: fc.constant("refused" as const),
    leg,
    refusal: fc.record({ status: fc.integer({ min: 300, max: 699 }) }),
  }),
  fc.record({ type: fc.constant("hold" as const), leg, on: fc.boolean() }),
  fc.record({ type: fc.constant("ended" as const), leg }),
  fc.record({ type: fc.constant("media-lost" as const), leg, reason: fc.constant("x") }),
  fc.record({
    type: fc.constant("unanswerable" as const),
    failure: fc.constant(failure("sdp.no-common-codec")),
  }),
  fc.constant<CallEvent>({ type: "ring-timeout" }),
  fc.constant<CallEvent>({ type: "hang-up", reason: "x" }),
);

test("whatever happens, a call ends once, ends every leg that lives, and says nothing after its end", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
      let state = ringing;
      const ended = new Set<string>();
      let overs = 0;
      for (const event of [...events, { type: "hang-up", reason: "last" } as const]) {
        if ("leg" in event && (event.type === "ended" || event.type === "refused")) ended.add(event.leg);
        const before = state;
        const next = step(state, event);
        if (before.phase === "over") expect(next.effects).toEqual([]);
        for (const effect of next.effects) {
          if (effect.type === "end") ended.add(effect.leg);
          if (effect.type === "refuse-caller") ended.add("a");
          if (effect.type === "over") overs++;
        }
        state = next.state;
      }
      expect(overs).toBe(1);
      expect([...ended]).toEqual(expect.arrayContaining(["a", "b1", "b2"]));
    }),
  );
});

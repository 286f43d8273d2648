import fc from "fast-check";
import { expect, test } from "vitest";
import { gain, type Matrix, type PortId, type Row } from "../mixer/matrix.ts";
import { type AudioCall, type AudioSupervision, matrixOf } from "./audio.ts";
import { MODES, type Mode } from "./modes.ts";

const TALKING: AudioCall = callWith(false, false);

function callWith(agentHolds: boolean, customerHolds: boolean): AudioCall {
  return {
    parties: [
      { port: "C", holds: customerHolds },
      { port: "A", holds: agentHolds },
    ],
  };
}

function supervising(port: PortId, mode: Mode, targetPort = "A", holds = false): AudioSupervision {
  return { port, targetPort, mode, holds };
}

/** "A<C,S" per row: the listener, its partner (first) and whom else it hears; "*" where digits pass. */
function picture(matrix: Matrix): string[] {
  return matrix.rows.map((row) => {
    expect(row.partner).toBe(row.hears[0]?.speaker);
    return `${row.listener}<${row.hears.map((one) => one.speaker + (one.digits === true ? "*" : "")).join()}`;
  });
}

test.each<[string, AudioCall, AudioSupervision[], string[]]>([
  ["nobody supervises", TALKING, [], ["C<A*", "A<C*"]],
  ["monitor", TALKING, [supervising("S", "monitor")], ["C<A*", "A<C*", "S<A,C"]],
  ["whisper", TALKING, [supervising("S", "whisper")], ["C<A*", "A<C*,S", "S<A,C"]],
  ["barge", TALKING, [supervising("S", "barge")], ["C<A*,S", "A<C*,S", "S<A,C"]],
  ["takeover", TALKING, [supervising("S", "takeover")], ["C<S", "A<C*,S", "S<C"]],
  ["the caller is the target", TALKING, [supervising("S", "whisper", "C")], ["C<A*,S", "A<C*", "S<C,A"]],
  ["the target is in no leg of this call", TALKING, [supervising("S", "barge", "X")], ["C<A*", "A<C*"]],
  [
    "one monitors, one whispers",
    TALKING,
    [supervising("S", "monitor"), supervising("T", "whisper")],
    ["C<A*", "A<C*,T", "S<A,C,T", "T<A,C"],
  ],
  [
    "one barges, one takes over",
    TALKING,
    [supervising("S", "barge"), supervising("T", "takeover")],
    ["C<T,S", "A<C*,T,S", "T<C,S", "S<C,T"],
  ],
  [
    "two whisper to the two parties",
    TALKING,
    [supervising("S", "whisper", "A"), supervising("T", "whisper", "C")],
    ["C<A*,T", "A<C*,S", "S<A,C,T", "T<C,A,S"],
  ],
  ["the agent holds", callWith(true, false), [], ["C<", "A<"]],
  ["the customer holds", callWith(false, true), [], ["C<", "A<"]],
  [
    "whisper while the agent holds",
    callWith(true, false),
    [supervising("S", "whisper")],
    ["C<", "A<S", "S<C"],
  ],
  [
    "whisper while the customer holds",
    callWith(false, true),
    [supervising("S", "whisper")],
    ["C<", "A<S", "S<A"],
  ],
  ["barge while the agent holds", callWith(true, false), [supervising("S", "barge")], ["C<S", "A<S", "S<C"]],
  [
    "the barging supervisor's own phone holds",
    TALKING,
    [supervising("S", "barge", "A", true), supervising("T", "monitor")],
    ["C<A*", "A<C*", "S<", "T<A,C"],
  ],
])("%s", (_name, call, supervisions, expected) => {
  expect(picture(matrixOf(call, supervisions))).toEqual(expected);
});

test("a party without a port is in no row", () => {
  const call: AudioCall = {
    parties: [
      { port: "C", holds: false },
      { port: "", holds: false },
    ],
  };
  expect(matrixOf(call, [])).toEqual({ rows: [{ listener: "C", hears: [] }] });
});

const anyCall = fc
  .record({ agent: fc.boolean(), customer: fc.boolean() })
  .map((holds) => callWith(holds.agent, holds.customer));
const anySupervisions = (modes: readonly Mode[], targets: readonly PortId[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...modes), fc.constantFrom(...targets), fc.boolean()), { maxLength: 5 })
    .map((all) => all.map(([mode, target, holds], i) => supervising(`S${i}`, mode, target, holds)));

function rowOf(matrix: Matrix, listener: PortId): Row | undefined {
  return matrix.rows.find((row) => row.listener === listener);
}

test("promise 1: outside barge and takeover, nothing a supervisor says reaches the customer", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(["monitor", "whisper"], ["A"]), (call, supervisions) => {
      const matrix = matrixOf(call, supervisions);
      expect(rowOf(matrix, "C")).toEqual(rowOf(matrixOf(call, []), "C"));
    }),
  );
});

test("promise 1: in monitor nobody hears the supervisor, whatever the others do", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["A", "C"]), (call, supervisions) => {
      const matrix = matrixOf(call, supervisions);
      for (const { port } of supervisions.filter((one) => one.mode === "monitor")) {
        for (const row of matrix.rows) expect(gain(matrix, row.listener, port)).toBe(0);
      }
    }),
  );
});

test("promise 1: without a supervision in this call, a supervisor's port is in no row", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["elsewhere"]), (call, supervisions) => {
      expect(matrixOf(call, supervisions)).toEqual(matrixOf(call, []));
    }),
  );
});

test("promise 1: a party that was taken over is heard by nobody", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["A"]), (call, supervisions) => {
      const matrix = matrixOf(call, [...supervisions, supervising("T", "takeover")]);
      for (const row of matrix.rows) expect(gain(matrix, row.listener, "A")).toBe(0);
    }),
  );
});

test("a party or supervisor that holds is heard by nobody, and no two parties converse across a hold", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["A", "C"]), (call, supervisions) => {
      const matrix = matrixOf(call, supervisions);
      for (const { port } of [...call.parties, ...supervisions].filter((one) => one.holds)) {
        for (const row of matrix.rows) expect(gain(matrix, row.listener, port)).toBe(0);
      }
      if (call.parties.some((party) => party.holds)) {
        expect(gain(matrix, "A", "C") + gain(matrix, "C", "A")).toBe(0);
      }
    }),
  );
});

test("promise 4: every matrix is whole: one row for each leg, each hearing others once and never itself", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["A", "C"]), (call, supervisions) => {
      const matrix = matrixOf(call, supervisions);
      const legs = ["C", "A", ...supervisions.map((one) => one.port)];
      expect(matrix.rows.map((row) => row.listener).sort()).toEqual([...legs].sort());
      for (const row of matrix.rows) {
        const speakers = row.hears.map((one) => one.speaker);
        expect(new Set(speakers).size).toBe(speakers.length);
        expect(speakers).not.toContain(row.listener);
        expect(row.partner).toBe(speakers[0]);
        for (const speaker of speakers) expect(legs).toContain(speaker);
      }
    }),
  );
});

test("promise 8: keys pass between the two parties alone, never from a supervisor nor to one", () => {
  fc.assert(
    fc.property(anyCall, anySupervisions(MODES, ["A", "C"]), (call, supervisions) => {
      for (const row of matrixOf(call, supervisions).rows) {
        for (const one of row.hears.filter((heard) => heard.digits === true)) {
          expect([row.listener, one.speaker].sort()).toEqual(["A", "C"]);
        }
      }
    }),
  );
});

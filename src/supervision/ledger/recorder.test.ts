import { beforeEach, expect, test } from "vitest";
import { FakeLedger } from "../../../test/support/fake-ledger.ts";
import { ManualClock } from "../../../test/support/manual-clock.ts";
import { SILENCE } from "../../mixer/matrix.ts";
import { matrixOf } from "../audio.ts";
import type { Mode } from "../modes.ts";
import type { Person } from "./hearing.ts";
import { Recorder } from "./recorder.ts";

const NOBODY = new Map<string, Person>();
let clock: ManualClock;
let ledger: FakeLedger;
let recorder: Recorder;

beforeEach(() => {
  clock = new ManualClock(0);
  ledger = new FakeLedger();
  recorder = new Recorder(ledger, clock);
});

function record(call: string, mode: Mode) {
  const people = new Map<string, Person>([
    ["c", { role: "party", name: "2001" }],
    ["a", { role: "party", name: "1001" }],
    ["s", { role: "supervisor", name: "3001", supervision: "leg", mode, reason: "key" }],
  ]);
  const parties = [
    { port: "c", holds: false },
    { port: "a", holds: false },
  ] as const;
  return recorder.record(
    call,
    matrixOf({ parties }, [{ port: "s", targetPort: "a", mode, holds: false }]),
    people,
  );
}

test("an interval is on record from its first moment, and once more at its end", () => {
  clock.advance(1000);
  record("call", "monitor");
  clock.advance(500);
  recorder.record("call", SILENCE, NOBODY);
  expect(ledger.lines).toEqual([
    "opened 3001<1001 monitor",
    "opened 3001<2001 monitor",
    "closed 3001<1001 monitor",
    "closed 3001<2001 monitor",
  ]);
  expect(ledger.entries[0]).toMatchObject({
    from: 1000,
    until: null,
    opened: null,
    call: "call",
    reason: "key",
  });
  expect(ledger.entries[2]).toMatchObject({ from: 1000, until: 1500, opened: 1 });
});

test("a matrix that changes nothing about who hears whom writes nothing", () => {
  record("call", "whisper");
  const before = ledger.entries;
  record("call", "whisper");
  expect(ledger.entries).toBe(before);
});

test("a change of mode closes and opens, since the mode is part of what is on record", () => {
  record("call", "monitor");
  record("call", "barge");
  expect(ledger.open).toEqual(["2001<3001 barge", "1001<3001 barge", "3001<1001 barge", "3001<2001 barge"]);
});

test("calls do not close each other's intervals", () => {
  record("one", "monitor");
  record("two", "monitor");
  recorder.record("two", SILENCE, NOBODY);
  expect(ledger.open).toHaveLength(2);
});

test("what cannot be recorded is an error", () => {
  ledger.writable = false;
  expect(record("call", "monitor")).toMatchObject({
    ok: false,
    error: { code: "supervision.not-recordable" },
  });
  expect(ledger.entries).toEqual([]);
});

test("an end that could not be written is made up for, with the time at which it was", () => {
  record("call", "monitor");
  clock.advance(100);
  ledger.writable = false;
  expect(recorder.record("call", SILENCE, NOBODY).ok).toBe(false);
  clock.advance(5000);
  ledger.writable = true;
  record("other", "whisper");
  expect(ledger.entries.filter((one) => one.event === "closed").map((one) => one.until)).toEqual([100, 100]);
  expect(ledger.open).toEqual(["1001<3001 whisper", "3001<1001 whisper", "3001<2001 whisper"]);
});

test("a hearing that was cut short because another could not be recorded counts as over", () => {
  record("call", "monitor");
  ledger.writable = false;
  record("call", "whisper");
  ledger.writable = true;
  recorder.record("call", SILENCE, NOBODY);
  expect(ledger.open).toEqual([]);
});

test("a call in which nothing changes goes on while the ledger fails and another call's ends wait for it", () => {
  record("call", "whisper");
  record("other", "monitor");
  ledger.writable = false;
  recorder.record("other", SILENCE, NOBODY);
  expect(record("call", "whisper").ok).toBe(true);
});

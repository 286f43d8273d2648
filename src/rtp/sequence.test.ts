import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addSequence,
  addTimestamp,
  SequenceUnwrapper,
  sequenceDifference,
  timestampDifference,
} from "./sequence.ts";

const SEQUENCES = [0, 1, 32_767, 32_768, 65_534, 65_535];
const TIMESTAMPS = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1];

describe.each(SEQUENCES)("from sequence number %i", (start) => {
  test.each([1, 2, 100, 32_767, -1, -100, -32_767, -32_768])(
    "%i steps on and back measure as taken",
    (steps) => {
      const there = addSequence(start, steps);
      expect(there).toBe((start + steps + 65_536 * 2) % 65_536);
      expect(sequenceDifference(there, start)).toBe(steps);
    },
  );

  test("a stream with loss, reordering and duplicates unwraps to its true count", () => {
    const unwrapper = new SequenceUnwrapper();
    const order = [0, 1, 2, 5, 4, 4, 3, 6, 1000, 999, 30_000, 60_000, 90_000, 90_001];
    const counts = order.map((step) => unwrapper.unwrap(addSequence(start, step)));
    expect(counts).toEqual(order.map((step) => start + step));
  });
});

describe.each(TIMESTAMPS)("from timestamp %i", (start) => {
  test.each([0, 160, 2 ** 31 - 1, -160, -(2 ** 31)])("%i ticks on measure as taken", (ticks) => {
    const there = addTimestamp(start, ticks);
    expect(there).toBeGreaterThanOrEqual(0);
    expect(there).toBeLessThan(2 ** 32);
    expect(timestampDifference(there, start)).toBe(ticks);
  });
});

test("a packet from before the first one unwraps to a count below it", () => {
  const unwrapper = new SequenceUnwrapper();
  expect([0, 65_535, 1].map((sequence) => unwrapper.unwrap(sequence))).toEqual([0, -1, 1]);
});

test("after a reset the next number is a first one", () => {
  const unwrapper = new SequenceUnwrapper();
  unwrapper.unwrap(65_535);
  unwrapper.unwrap(0);
  unwrapper.reset();
  expect(unwrapper.unwrap(40_000)).toBe(40_000);
});

test("any walk in steps below half the range unwraps exactly", () => {
  const steps = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.constantFrom(...SEQUENCES), steps, (start, walk) => {
      const unwrapper = new SequenceUnwrapper();
      let truth = unwrapper.unwrap(start);
      for (const step of walk) {
        truth += step;
        expect(unwrapper.unwrap(addSequence(truth, 0))).toBe(truth);
      }
    }),
  );
});

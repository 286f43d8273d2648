import fc from "fast-check";
import { expect, test } from "vitest";
import { PortRange, QUARANTINE_MS } from "./port-range.ts";

test.each([
  ["an even start", 20_000, 20_005, [20_000, 20_002, 20_004]],
  ["an odd start", 20_001, 20_006, [20_002, 20_004]],
  ["an end that cuts a pair", 20_000, 20_002, [20_000]],
  ["a single port", 20_000, 20_000, []],
])("a range with %s has only whole pairs that begin even", (_, low, high, pairs) => {
  const range = new PortRange(low, high);
  const taken = pairs.map(() => range.take(0, 0));
  expect(taken).toEqual(pairs);
  expect(range.take(0, 0)).toBeUndefined();
});

test("the first pair tried is drawn at random", () => {
  expect(new PortRange(20_000, 20_019).take(0, 0.55)).toBe(20_010);
});

test("a freed pair rests while another is free, and is used again afterwards", () => {
  const range = new PortRange(20_000, 20_003);
  expect(range.take(0, 0)).toBe(20_000);
  range.free(20_000, 10);
  expect(range.take(11, 0)).toBe(20_002);
  range.free(20_002, 12);
  expect(range.take(12 + QUARANTINE_MS, 0)).toBe(20_000);
});

test("where all rest, the pair that rested longest is used at once", () => {
  const range = new PortRange(20_000, 20_003);
  range.take(0, 0);
  range.take(0, 0);
  range.free(20_002, 5);
  range.free(20_000, 6);
  expect(range.take(7, 0)).toBe(20_002);
});

test("no pair is ever taken twice at a time", () => {
  const step = fc.record({ free: fc.boolean(), random: fc.double({ min: 0, max: 0.999, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const range = new PortRange(30_000, 30_009);
      const taken: number[] = [];
      steps.forEach(({ free, random }, now) => {
        if (free) {
          const one = taken.shift();
          if (one !== undefined) range.free(one, now);
          return;
        }
        const one = range.take(now * 100, random);
        if (one === undefined) expect(taken).toHaveLength(5);
        else {
          expect(taken).not.toContain(one);
          taken.push(one);
        }
      });
    }),
  );
});

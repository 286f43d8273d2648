import { describe, expect, test } from "vitest";
import { toneLevelDbfs } from "./goertzel.ts";
import { FLOOR_DBFS, levelDbfs } from "./level.ts";

/** `ms` of tones, each `[Hz, dBFS]`, at 8000 Hz. */
function tones(ms: number, ...parts: readonly (readonly [number, number])[]): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, n) => {
    let sum = 0;
    for (const [hz, dbfs] of parts)
      sum += 32_768 * 10 ** (dbfs / 20) * Math.sin((2 * Math.PI * hz * n) / 8000 + 1);
    return Math.round(sum);
  });
}

describe.each([-3, -20, -40, -60])("a tone of %i dBFS", (dbfs) => {
  test("has that level", () => {
    expect(levelDbfs(tones(200, [400, dbfs]))).toBeCloseTo(dbfs, 0);
  });

  test.each([300, 440, 697, 1003.7, 3000])("is measured at its own frequency of %d Hz", (hz) => {
    expect(toneLevelDbfs(tones(200, [hz, dbfs]), hz)).toBeCloseTo(dbfs, 0);
  });
});

test("each of three tones is measured as if it were alone", () => {
  const mixed = tones(500, [400, -12], [700, -20], [1000, -40]);
  expect(toneLevelDbfs(mixed, 400)).toBeCloseTo(-12, 1);
  expect(toneLevelDbfs(mixed, 700)).toBeCloseTo(-20, 1);
  expect(toneLevelDbfs(mixed, 1000)).toBeCloseTo(-40, 1);
  expect(toneLevelDbfs(mixed, 1300)).toBeLessThan(-70);
});

test("a level can be that of a part", () => {
  const pcm = new Int16Array(480);
  pcm.set(tones(20, [400, -10]), 160);
  expect(levelDbfs(pcm, 160, 160)).toBeCloseTo(-10, 0);
  expect(levelDbfs(pcm, 0, 160)).toBe(FLOOR_DBFS);
  expect(levelDbfs(pcm, 320)).toBe(FLOOR_DBFS);
});

test("silence and nothing are at the floor", () => {
  expect([levelDbfs(new Int16Array(160)), levelDbfs(new Int16Array(0))]).toEqual([FLOOR_DBFS, FLOOR_DBFS]);
  expect([toneLevelDbfs(new Int16Array(160), 400), toneLevelDbfs(new Int16Array(0), 400)]).toEqual([
    FLOOR_DBFS,
    FLOOR_DBFS,
  ]);
});

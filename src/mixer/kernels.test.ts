import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accumulate, clipTo } from "./kernels.ts";

const FRAME = 160;
const pcm = fc.int16Array({ minLength: FRAME, maxLength: FRAME });
const gainQ8 = fc.constantFrom(0, 1, 128, 255, 256, 257, 512);

function mix(...voices: Int16Array[]): Int16Array {
  const acc = new Int32Array(FRAME);
  for (const voice of voices) accumulate(acc, voice, 256, voice.length);
  const output = new Int16Array(FRAME);
  clipTo(acc, output, FRAME);
  return output;
}

describe("a sum", () => {
  test("of loud voices that cancel out is exact, because only the end is clipped", () => {
    const loud = [30_000, 10_000, -32_000].map((value) => new Int16Array(FRAME).fill(value));
    expect(mix(...loud)).toEqual(new Int16Array(FRAME).fill(8_000));
  });

  test("beyond 16 bits clips to the rails instead of wrapping", () => {
    const high = new Int16Array(FRAME).fill(30_000);
    const low = new Int16Array(FRAME).fill(-30_000);
    expect(mix(high, high)).toEqual(new Int16Array(FRAME).fill(32_767));
    expect(mix(low, low)).toEqual(new Int16Array(FRAME).fill(-32_768));
  });

  test("does not depend on the order of its voices", () => {
    fc.assert(
      fc.property(pcm, pcm, pcm, (a, b, c) => {
        expect(mix(a, b, c)).toEqual(mix(c, a, b));
      }),
    );
  });

  test("takes each voice at its gain", () => {
    fc.assert(
      fc.property(pcm, gainQ8, (voice, gain) => {
        const acc = new Int32Array(FRAME).fill(5);
        accumulate(acc, voice, gain, FRAME);
        expect(acc).toEqual(Int32Array.from(voice, (sample) => 5 + Math.floor((sample * gain) / 256)));
      }),
    );
  });

  test("leaves samples beyond the count alone", () => {
    const acc = new Int32Array(4);
    accumulate(acc, Int16Array.of(1, 1, 1, 1), 256, 2);
    expect(acc).toEqual(Int32Array.of(1, 1, 0, 0));
  });
});

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Resampler, SAMPLE_RATES, type SampleRate } from "./resampler.ts";

const PAIRS = SAMPLE_RATES.flatMap((from) =>
  SAMPLE_RATES.filter((to) => to !== from).map((to) => [from, to] as const),
);
const AMPLITUDE = 20_000;
/** Every frequency that is a multiple of 10 Hz has whole periods in it. */
const WINDOW_MS = 100;
/** Time for the filter to fill, before anything is measured. */
const SETTLE_MS = 10;

/** All of `input` through a new resampler at once. */
function resample(from: SampleRate, to: SampleRate, input: Int16Array): Int16Array {
  const resampler = new Resampler(from, to);
  const output = new Int16Array(resampler.outputSamplesFor(input.length));
  expect(resampler.process(input, 0, input.length, output, 0)).toBe(output.length);
  return output;
}

/** What becomes of a tone, dB: its gain at its own frequency, and all else (images, aliases, noise) that comes out. */
function response(from: SampleRate, to: SampleRate, hz: number): { gain: number; rest: number } {
  const input = Int16Array.from({ length: ((SETTLE_MS + WINDOW_MS) * from) / 1000 }, (_, n) =>
    Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * n) / from)),
  );
  const output = resample(from, to, input).subarray((SETTLE_MS * to) / 1000);
  let [cosine, sine, energy] = [0, 0, 0];
  for (const [n, sample] of output.entries()) {
    cosine += (2 / output.length) * sample * Math.cos((2 * Math.PI * hz * n) / to);
    sine += (2 / output.length) * sample * Math.sin((2 * Math.PI * hz * n) / to);
    energy += (2 / output.length) * sample * sample;
  }
  const tone = cosine ** 2 + sine ** 2;
  const decibels = (power: number) => 10 * Math.log10(Math.max(1e-12, power / AMPLITUDE ** 2));
  return { gain: decibels(tone), rest: decibels(energy - tone) };
}

/** About `steps` frequencies from `low` to `high`, both included, in multiples of 10 Hz. */
function sweep(low: number, high: number, steps: number): number[] {
  return Array.from(
    { length: steps + 1 },
    (_, i) => Math.round((low + ((high - low) * i) / steps) / 10) * 10,
  );
}

describe.each(PAIRS)("from %i to %i Hz", (from, to) => {
  const low = Math.min(from, to);

  test("a tone up to 0.42 of the lower rate comes out at its level, and nothing else within 60 dB", () => {
    for (const hz of sweep(20, 0.42 * low, 24)) {
      const { gain, rest } = response(from, to, hz);
      expect(Math.abs(gain), `gain at ${hz} Hz`).toBeLessThan(hz <= 0.4 * low ? 0.05 : 0.5);
      expect(rest, `images of ${hz} Hz`).toBeLessThan(-60);
    }
  });

  test("a constant stays what it is, sample for sample", () => {
    const output = resample(from, to, new Int16Array(from / 50).fill(-12_345));
    expect(new Set(output.subarray((SETTLE_MS * to) / 1000))).toEqual(new Set([-12_345]));
  });

  test("the impulse response is symmetric about the stated delay, which is 12 samples of the lower rate", () => {
    const { delaySamples } = new Resampler(from, to);
    expect(delaySamples / to).toBe(12 / low);
    // An impulse at each place of a period of the ratio shows the whole response, a part of its taps at a time.
    const down = from / gcd(from, to);
    const up = to / gcd(from, to);
    const taps = new Map<number, number>();
    for (let at = 0; at < down; at++) {
      const input = new Int16Array(from / 100);
      input[at] = 32_767;
      for (const [n, sample] of resample(from, to, input).entries()) taps.set(n * down - at * up, sample);
    }
    const centre = delaySamples * down;
    expect(taps.get(centre)).toBeGreaterThan(1000);
    for (let i = 1; i <= 12 * Math.max(up, down); i++) {
      expect(taps.get(centre + i), `tap ${i} from the centre`).toBe(taps.get(centre - i));
    }
    for (const [at, tap] of taps) if (at > 2 * centre) expect(tap).toBe(0);
  });

  test("cut into pieces of any length, the stream is the same, in as many samples as foretold", () => {
    const pieces = fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: -32_768, max: 32_767 })), pieces, (noise, lengths) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const input = Int16Array.from(noise.take(total));
        const whole = resample(from, to, input);
        expect(whole.length).toBe(Math.ceil((total * to) / from));
        const output = new Int16Array(whole.length);
        const resampler = new Resampler(from, to);
        let [read, written] = [0, 0];
        for (const length of lengths) {
          const expected = resampler.outputSamplesFor(length);
          expect(resampler.process(input, read, length, output, written)).toBe(expected);
          read += length;
          written += expected;
        }
        expect(output).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test("after speech ends there is silence, as soon as the filter is empty", () => {
    const input = new Int16Array(from / 25);
    for (let i = 0; i < from / 50; i++) input[i] = i % 7 < 3 ? 30_000 : -30_000;
    const output = resample(from, to, input);
    const end = to / 50 + 2 * new Resampler(from, to).delaySamples;
    expect(output.subarray(0, end).some((sample) => sample !== 0)).toBe(true);
    expect(output.subarray(end).every((sample) => sample === 0)).toBe(true);
  });

  test("full scale overshoots to the rails instead of wrapping", () => {
    const half = from / 100;
    const input = new Int16Array(2 * half).fill(32_767, 0, half).fill(-32_768, half);
    const output = resample(from, to, input);
    const edge = to / 100 + new Resampler(from, to).delaySamples;
    const away = Math.ceil(to / low);
    expect(Math.min(...output.subarray(to / 200, edge - away))).toBeGreaterThan(25_000);
    expect(Math.max(...output.subarray(edge + away))).toBeLessThan(-25_000);
  });

  test("after a reset, a stream is as the first", () => {
    const input = Int16Array.from({ length: 331 }, (_, n) => (n * 7919) % 30_000);
    const resampler = new Resampler(from, to);
    const first = new Int16Array(resampler.outputSamplesFor(input.length));
    const second = new Int16Array(first.length);
    resampler.process(input, 0, input.length, first, 0);
    resampler.reset();
    resampler.process(input, 0, input.length, second, 0);
    expect(second).toEqual(first);
  });
});

test.each(PAIRS.filter(([from, to]) => to < from))(
  "from %i to %i Hz, a tone from 0.56 of the lower rate on comes out, folded or not, 60 dB down",
  (from, to) => {
    for (const hz of sweep(0.56 * to, from / 2 - 50, 48)) {
      const { gain, rest } = response(from, to, hz);
      expect(10 * Math.log10(10 ** (gain / 10) + 10 ** (rest / 10)), `alias of ${hz} Hz`).toBeLessThan(-60);
    }
  },
);

test("nothing is allocated per frame", () => {
  // Compiled in this thread, so that what is compiled when does not depend on how busy the machine is.
  setFlagsFromString("--no-concurrent-recompilation");
  const resamplers = PAIRS.map(([from, to]) => ({
    resampler: new Resampler(from, to),
    samples: from / 1000,
  }));
  const input = new Int16Array(48).fill(1000);
  const output = new Int16Array(48);
  const frames = (count: number) => {
    const before = getHeapStatistics().total_allocated_bytes;
    for (let i = 0; i < count; i++) {
      for (const { resampler, samples } of resamplers) resampler.process(input, 0, samples, output, 0);
    }
    return (getHeapStatistics().total_allocated_bytes - before) / (count * resamplers.length);
  };
  frames(2000);
  // The compiler allocates for itself meanwhile, and the heap is counted by pages: the quietest of some runs is ours.
  expect(Math.min(...Array.from({ length: 12 }, () => frames(4000)))).toBeLessThan(8);
});

test("pieces of 13 samples, ten minutes long, gain or lose not one sample", () => {
  const resampler = new Resampler(24_000, 16_000);
  const input = new Int16Array(13);
  const output = new Int16Array(13);
  let [read, written] = [0, 0];
  while (read < 600 * 24_000) {
    written += resampler.process(input, 0, input.length, output, 0);
    read += input.length;
    if (written !== Math.ceil((read * 2) / 3)) break;
  }
  expect(written).toBe(Math.ceil((read * 2) / 3));
});

test("each 20 ms frame of each pair is a 20 ms frame of the other rate", () => {
  for (const [from, to] of PAIRS) {
    const resampler = new Resampler(from, to);
    const output = new Int16Array(to / 50);
    const frame = () => resampler.process(new Int16Array(from / 50), 0, from / 50, output, 0);
    expect(new Set(Array.from({ length: 100 }, frame))).toEqual(new Set([to / 50]));
  }
});

test("the same rate is passed through, at once and untouched", () => {
  const input = Int16Array.of(1, -32_768, 32_767, 0, 5);
  expect(resample(16_000, 16_000, input)).toEqual(input);
  expect(new Resampler(16_000, 16_000).delaySamples).toBe(0);
});

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

import { getHeapStatistics } from "node:v8";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Concealment } from "./concealment.ts";

const FRAME = 160;
/** A second of it. */
const SAMPLES = 50 * FRAME;

/** A second of tones that share an amplitude of 8000. */
function tones(rate: number, ...hz: readonly number[]): Int16Array {
  const wave = (n: number) => hz.reduce((sum, f, k) => sum + Math.sin((2 * Math.PI * f * n) / rate + k), 0);
  return Int16Array.from({ length: rate }, (_, n) => Math.round((8000 / hz.length) * wave(n)));
}

/** A second of a vowel: harmonics under two formants, the pitch gliding by a part of itself, the level swaying. */
function vowel(pitchHz: number, glide: number, rate = 8000): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: rate }, (_, n) => {
    const pitch = pitchHz * (1 + (glide * n) / rate);
    phase += (2 * Math.PI * pitch) / rate;
    let sum = 0;
    for (let h = 1; h * pitch < 0.42 * rate; h++) {
      const formant = (hz: number, width: number) => Math.exp(-(((h * pitch - hz) / width) ** 2));
      sum += (formant(600, 250) + formant(1700, 300) / 2 + 0.05) * Math.cos(h * phase + 0.3 * h * h);
    }
    return Math.round(2500 * sum * (1 + 0.2 * Math.sin((2 * Math.PI * 3 * n) / rate)));
  });
}

const SPEECH: Readonly<Record<string, Int16Array>> = {
  "a tone of 437 Hz": tones(8000, 437),
  "a tone of 1013 Hz": tones(8000, 1013),
  "a dial tone": tones(8000, 350, 440),
  "a low voice, falling": vowel(90, -0.1),
  "a voice": vowel(110, 0),
  "a voice, rising": vowel(110, 0.1),
  "a high voice, rising": vowel(185, 0.1),
  "a voice over the searched pitch": vowel(240, 0.15),
};

type Filler = (frame: Int16Array, lost: boolean) => void;

/** Everything that is played of `signal` when the frames `at` to `at + count` (excluded) are lost; in step with it. */
function play(signal: Int16Array, at: number, count: number, fill: Filler, delay = 0): Int16Array {
  const frame = Math.round(signal.length / 50);
  const output = Int16Array.from(signal);
  for (let i = 0; i < 50; i++) {
    const lost = i >= at && i < at + count;
    const pcm = output.subarray(i * frame, (i + 1) * frame);
    if (lost) pcm.fill(9999);
    fill(pcm, lost);
  }
  return output.subarray(delay);
}

function concealed(signal: Int16Array, at: number, count: number): Int16Array {
  const concealment = new Concealment(signal.length === 16_000 ? 16_000 : 8000);
  const fill: Filler = (pcm, lost) =>
    lost ? concealment.conceal(pcm, 0, pcm.length) : concealment.good(pcm, 0, pcm.length);
  return play(signal, at, count, fill, concealment.delaySamples);
}

function silenced(signal: Int16Array, at: number, count: number): Int16Array {
  return play(signal, at, count, (pcm, lost) => lost && pcm.fill(0));
}

function repeated(signal: Int16Array, at: number, count: number): Int16Array {
  let last = new Int16Array(0);
  return play(signal, at, count, (pcm, lost) => {
    if (lost) pcm.set(last);
    else last = Int16Array.from(pcm);
  });
}

/** Mean over segments of 10 ms of the signal to error ratio, each between -10 and 35 dB. */
function segmentalSnr(signal: Int16Array, output: Int16Array, from: number, to: number): number {
  const segment = signal.length / 100;
  let total = 0;
  for (let start = from; start < to; start += segment) {
    let [power, error] = [1, 1];
    for (const [n, sample] of signal.subarray(start, start + segment).entries()) {
      power += sample ** 2;
      error += (sample - (output[start + n] ?? 0)) ** 2;
    }
    total += Math.max(-10, Math.min(35, 10 * Math.log10(power / error)));
  }
  return total / ((to - from) / segment);
}

/** Mean over 20 ms of the distance between log spectra, dB, in steps of 100 Hz up to 3.9 kHz. */
function spectralDistance(signal: Int16Array, output: Int16Array, from: number, to: number): number {
  let total = 0;
  for (let start = from; start < to; start += FRAME) {
    let squares = 0;
    for (let bin = 1; bin < 40; bin++) {
      squares += (binLevel(signal, start, bin) - binLevel(output, start, bin)) ** 2;
    }
    total += Math.sqrt(squares / 39);
  }
  return total / ((to - from) / FRAME);
}

function binLevel(pcm: Int16Array, start: number, bin: number): number {
  let [real, imaginary] = [0, 0];
  for (const [n, sample] of pcm.subarray(start, start + FRAME).entries()) {
    const windowed = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FRAME));
    real += windowed * Math.cos((2 * Math.PI * bin * n) / 80);
    imaginary += windowed * Math.sin((2 * Math.PI * bin * n) / 80);
  }
  return 10 * Math.log10(real ** 2 + imaginary ** 2 + 1e6);
}

/** Mean of a measure over the losses of `count` frames at several places. */
function overLosses(
  signal: Int16Array,
  count: number,
  player: typeof concealed,
  measure: typeof segmentalSnr,
): number {
  const frame = signal.length / 50;
  const places = [8, 13, 18, 23, 28, 33, 38];
  const values = places.map((at) =>
    measure(signal, player(signal, at, count), at * frame, (at + count) * frame),
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function largestStep(pcm: Int16Array): number {
  let last = pcm[0] ?? 0;
  let most = 0;
  for (const sample of pcm) {
    most = Math.max(most, Math.abs(sample - last));
    last = sample;
  }
  return most;
}

describe.each(Object.entries(SPEECH))("%s", (_, signal) => {
  test.each([
    [1, 7, 8],
    [2, 4, 6.5],
    [3, 2.8, 5.5],
  ])(
    "with %i frames lost is %d dB closer to itself than silence is, and %d dB closer than a repeated frame",
    (count, overSilence, overRepetition) => {
      const snr = overLosses(signal, count, concealed, segmentalSnr);
      expect(snr).toBeGreaterThan(overLosses(signal, count, silenced, segmentalSnr) + overSilence);
      expect(snr).toBeGreaterThan(overLosses(signal, count, repeated, segmentalSnr) + overRepetition);
    },
  );

  test.each([1, 2, 3])(
    "with %i frames lost has nearly its own spectrum, far from that of silence",
    (count) => {
      const distance = overLosses(signal, count, concealed, spectralDistance);
      expect(distance).toBeLessThan(0.35 * overLosses(signal, count, silenced, spectralDistance));
    },
  );

  test("steps from sample to sample nowhere more than it does by itself", () => {
    for (const count of [1, 2, 3, 8]) {
      for (let at = 3; at < 40; at += 3) {
        expect(largestStep(concealed(signal, at, count))).toBeLessThan(1.02 * largestStep(signal));
      }
    }
  });

  test("is heard as it arrived until 3.75 ms before a loss, and from 10 ms after it", () => {
    const output = concealed(signal, 10, 4);
    expect(output.subarray(0, 10 * FRAME - 30)).toEqual(signal.subarray(0, 10 * FRAME - 30));
    expect(output.subarray(14 * FRAME + 80)).toEqual(signal.subarray(14 * FRAME + 80, SAMPLES - 30));
  });
});

test("wideband audio is concealed as well", () => {
  for (const signal of [tones(16_000, 1711), vowel(110, 0.1, 16_000), vowel(185, 0.1, 16_000)]) {
    expect(overLosses(signal, 1, concealed, segmentalSnr)).toBeGreaterThan(7);
    expect(overLosses(signal, 2, concealed, segmentalSnr)).toBeGreaterThan(4);
    expect(largestStep(concealed(signal, 10, 2))).toBeLessThan(1.02 * largestStep(signal));
  }
});

test("noise is joined without a step beyond its own by more than two overlaps of its range", () => {
  const noise = fc.array(fc.integer({ min: -32_768, max: 32_767 }), {
    minLength: SAMPLES,
    maxLength: SAMPLES,
  });
  fc.assert(
    fc.property(noise, fc.integer({ min: 1, max: 6 }), (samples, count) => {
      // Smoothed, so that a seam could be told from the noise.
      let smooth = 0;
      const signal = Int16Array.from(samples, (sample) => {
        smooth += (sample - smooth) / 4;
        return smooth;
      });
      const range = Math.max(...signal) - Math.min(...signal);
      // The shortest overlap is a quarter of 5 ms.
      const bound = largestStep(signal) + (2 * range) / 10 + 2;
      expect(largestStep(concealed(signal, 10, count))).toBeLessThan(bound);
    }),
    { numRuns: 20 },
  );
});

describe("a long loss", () => {
  const signal = tones(8000, 437);
  const peak = (pcm: Int16Array) => Math.max(...pcm.map(Math.abs));

  test("is at full level for 10 ms, then softer by a fifth every 10 ms, and silent from 60 ms on", () => {
    const lost = concealed(signal, 10, 30).subarray(10 * FRAME, 40 * FRAME);
    const peaks = [0, 1, 2, 3, 4, 5].map((tens) => peak(lost.subarray(tens * 80, tens * 80 + 80)) / 8000);
    for (const [tens, level] of peaks.entries()) {
      expect(level).toBeLessThan(1.01 - 0.2 * Math.max(0, tens - 1));
      expect(level).toBeGreaterThan(0.93 - 0.2 * Math.max(0, tens - 1));
    }
    expect(peak(lost.subarray(480))).toBe(0);
  });

  test("does not buzz: after 20 ms what is heard is not one period over and over", () => {
    const noise = Int16Array.from(
      { length: SAMPLES },
      (_, n) => ((n * n * 7919 + n * 104_729) % 16_001) - 8000,
    );
    const output = concealed(noise, 10, 3);
    const likeness = (lag: number, from: number) => {
      let [product, energy, before] = [0, 0, 0];
      for (const [n, sample] of output.subarray(from, from + 160).entries()) {
        const earlier = output[from + n - lag] ?? 0;
        product += sample * earlier;
        energy += sample ** 2;
        before += earlier ** 2;
      }
      return product / Math.sqrt(energy * before);
    };
    // In the last 20 ms before silence, against every single period before.
    for (let lag = 40; lag < 120; lag++) expect(likeness(lag, 10 * FRAME + 300)).toBeLessThan(0.8);
  });

  test("is followed by a fade of 10 ms into what arrives", () => {
    const back = concealed(signal, 10, 30).subarray(40 * FRAME);
    const arriving = signal.subarray(40 * FRAME);
    for (const [n, sample] of back.entries()) {
      const faded = (arriving[n] ?? 0) * Math.min(1, (n + 1) / 80);
      expect(Math.abs(sample - faded)).toBeLessThanOrEqual(n < 80 ? 0.501 : 0);
    }
  });
});

test("a loss within the seams of the one before plays nothing but what was heard", () => {
  // Its period is found anew, and is another one, each time; and anything that is not of it would leave the range.
  const signal = Int16Array.from({ length: SAMPLES }, (_, n) => 9000 + ((n * n * 7919 + n * 104_729) % 2001));
  for (let at = 1000; at < 1200; at++) {
    for (let between = 1; between < 20; between += 6) {
      const concealment = new Concealment();
      const pcm = Int16Array.from(signal);
      concealment.good(pcm, 0, at);
      // The second period has just been added, and is still being faded in.
      concealment.conceal(pcm, at, 82);
      concealment.good(pcm, at + 82, between);
      concealment.conceal(pcm, at + 82 + between, 110);
      expect(Math.min(...pcm.subarray(30, at + 192 + between))).toBeGreaterThan(8900);
      expect(Math.max(...pcm.subarray(30, at + 192 + between))).toBeLessThan(11_001);
    }
  }
});

test("what is lost before anything arrived is silent", () => {
  const pcm = new Int16Array(FRAME).fill(77);
  new Concealment().conceal(pcm, 0, FRAME);
  expect(pcm).toEqual(new Int16Array(FRAME));
});

test("a silent line is concealed by silence, and its noise is not raised", () => {
  const hiss = Int16Array.from({ length: SAMPLES }, (_, n) => ((n * 7919) % 17) % 3);
  const output = concealed(hiss, 20, 3);
  expect([Math.min(...output), Math.max(...output)]).toEqual([0, 2]);
});

test("only the samples that are told are touched", () => {
  const pcm = new Int16Array(FRAME).fill(5);
  const concealment = new Concealment();
  concealment.good(pcm, 40, 80);
  concealment.conceal(pcm, 40, 80);
  for (const n of [0, 39, 120, 159]) expect(pcm[n]).toBe(5);
});

test("however a stream with its losses is cut, what is played is the same", () => {
  const run = fc.record({ lost: fc.boolean(), samples: fc.integer({ min: 1, max: 900 }) });
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 700 }));
  fc.assert(
    fc.property(fc.array(run, { maxLength: 8 }), cuts, (runs, lengths) => {
      const whole = new Concealment();
      const cut = new Concealment();
      const signal = vowel(120, 0.1);
      let start = 0;
      for (const { lost, samples } of runs) {
        const expected = signal.slice(start, start + samples);
        const actual = signal.slice(start, start + samples);
        if (lost) whole.conceal(expected, 0, samples);
        else whole.good(expected, 0, samples);
        for (let done = 0; done < samples; ) {
          const count = Math.min(samples - done, lengths.next().value ?? samples);
          if (lost) cut.conceal(actual, done, count);
          else cut.good(actual, done, count);
          done += count;
        }
        expect(actual).toEqual(expected);
        start += samples;
      }
    }),
    { numRuns: 50 },
  );
});

test("after a reset, a stream is as the first", () => {
  const signal = vowel(120, 0);
  const concealment = new Concealment();
  const half = () => {
    const pcm = signal.slice(0, 4 * FRAME + 40);
    concealment.good(pcm, 0, 3 * FRAME);
    concealment.conceal(pcm, 3 * FRAME, FRAME);
    concealment.good(pcm, 4 * FRAME, 5);
    return pcm;
  };
  const first = half();
  concealment.reset();
  expect(half()).toEqual(first);
});

test("nothing is allocated per frame", () => {
  const concealment = new Concealment();
  const pcm = vowel(120, 0).slice(0, FRAME);
  const frames = (count: number) => {
    const before = getHeapStatistics().total_allocated_bytes;
    for (let i = 0; i < count; i++) {
      if (i % 16 < 12) concealment.good(pcm, 0, FRAME);
      else concealment.conceal(pcm, 0, FRAME);
    }
    return (getHeapStatistics().total_allocated_bytes - before) / count;
  };
  frames(10_000);
  // The compiler allocates for itself meanwhile, and the heap is counted by pages: the quietest of some runs is ours.
  expect(Math.min(...[0, 1, 2, 3].map(() => frames(30_000)))).toBeLessThan(8);
});

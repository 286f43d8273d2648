import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/support/engine-bench.ts";
import { g722 } from "./g722.ts";

const RATE = g722.sampleRate;
/** What the two filters delay, in samples. */
const DELAY = 22;
/** Until the quantizers have found the level. */
const SETTLED = RATE / 10;

const tone = (hertz: number, amplitude = 10_000) =>
  Int16Array.from({ length: RATE }, (_, n) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * n) / RATE)),
  );

/** What comes back of `samples`, and the octets in between, cut into frames of `frame` samples. */
function roundTrip(samples: Int16Array, frame = 320): { octets: Uint8Array; back: Int16Array } {
  const encoder = g722.createEncoder();
  const decoder = g722.createDecoder();
  const octets = new Uint8Array(samples.length / 2);
  const back = new Int16Array(samples.length);
  for (let at = 0; at < samples.length; at += frame) {
    const count = Math.min(frame, samples.length - at);
    expect(encoder.encode(samples, at, count, octets, at / 2)).toBe(count / 2);
    expect(decoder.decode(octets, at / 2, count / 2, back, at)).toBe(count);
  }
  return { octets, back };
}

/** Signal to noise in dB, the filters' delay undone. */
function snr(samples: Int16Array): number {
  const { back } = roundTrip(samples);
  let signal = 0;
  let noise = 0;
  for (let n = SETTLED; n < samples.length; n++) {
    const sample = samples[n - DELAY] ?? 0;
    signal += sample ** 2;
    noise += (sample - (back[n] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Noise that swells and fades like syllables, with most of its power in the low band. */
function babble(): Int16Array {
  const random = seeded(722);
  let slow = 0;
  return Int16Array.from({ length: RATE }, (_, n) => {
    slow = 0.9 * slow + 4000 * (random() - 0.5);
    return slow * (0.2 + Math.abs(Math.sin(n / 1500)));
  });
}

describe("what comes back is what went in, by dB of noise", () => {
  test.each([
    [100, 55],
    [1000, 45],
    [2500, 45],
    [3900, 38],
    [4100, 36],
    [6000, 25],
    [6900, 20],
  ])("a tone of %i Hz: %i", (hertz, db) => {
    expect(snr(tone(hertz))).toBeGreaterThan(db);
  });

  test("a tone 40 dB below the limit", () => {
    expect(snr(tone(1000, 300))).toBeGreaterThan(35);
  });

  test("a tone at the limit", () => {
    expect(snr(tone(1000, 32_767))).toBeGreaterThan(40);
  });

  test("noise like speech", () => {
    expect(snr(babble())).toBeGreaterThan(20);
  });

  test("what goes beyond the limit is clipped, and never wraps round", () => {
    const square = Int16Array.from({ length: RATE }, (_, n) => (n % 40 < 20 ? 32_767 : -32_768));
    const { back } = roundTrip(square);
    const turned = back.filter(
      (sample, n) =>
        n > SETTLED &&
        (n - DELAY) % 20 > 1 &&
        (n - DELAY) % 20 < 18 &&
        sample * (square[n - DELAY] ?? 0) <= 0,
    );
    expect(turned).toHaveLength(0);
    expect(back).toContain(32_767);
    expect(back).toContain(-32_768);
  });

  test("silence", () => {
    const { back } = roundTrip(new Int16Array(RATE));
    expect(back.every((sample) => Math.abs(sample) <= 4)).toBe(true);
  });
});

test("an octet holds the higher band's two bits above the lower band's six, as RFC 3551 §4.5.2 asks", () => {
  const power = (decoder: ReturnType<typeof g722.createDecoder>, octets: Uint8Array) => {
    const back = new Int16Array(2 * octets.length);
    decoder.decode(octets, 0, octets.length, back, 0);
    return back.reduce((sum, sample) => sum + sample ** 2, 0);
  };
  const { octets } = roundTrip(tone(6000));
  const whole = power(g722.createDecoder(), octets);
  const SILENT_LOW = 0x3f;
  const lowLost = power(
    g722.createDecoder(),
    octets.map((octet) => (octet & 0xc0) | SILENT_LOW),
  );
  expect(lowLost / whole).toBeGreaterThan(0.9);
});

test("frames of any length carry the same stream", () => {
  const samples = babble();
  const whole = roundTrip(samples);
  for (const milliseconds of [1, 10, 30, 60]) expect(roundTrip(samples, 16 * milliseconds)).toEqual(whole);
});

test("two streams do not hear each other", () => {
  const alone = roundTrip(tone(1000)).octets.subarray(0, 320);
  const samples = tone(1000);
  const others = tone(3000);
  const [one, other] = [g722.createEncoder(), g722.createEncoder()];
  const octets = new Uint8Array(320);
  const elsewhere = new Uint8Array(160);
  for (let frame = 0; frame < 2; frame++) {
    one.encode(samples, 320 * frame, 320, octets, 160 * frame);
    other.encode(others, 320 * frame, 320, elsewhere, 0);
  }
  expect(octets).toEqual(alone);
});

test("it reads and writes at the offsets given, and nothing beside them", () => {
  const samples = tone(1000);
  const octets = new Uint8Array(12).fill(1);
  expect(g722.createEncoder().encode(samples, 5, 20, octets, 1)).toBe(10);
  expect([octets[0], octets[11]]).toEqual([1, 1]);
  const same = new Uint8Array(10);
  g722.createEncoder().encode(samples.slice(5), 0, 20, same, 0);
  expect(octets.subarray(1, 11)).toEqual(same);

  const back = new Int16Array(24).fill(7);
  expect(g722.createDecoder().decode(octets, 1, 10, back, 2)).toBe(20);
  expect([back[0], back[1], back[22], back[23]]).toEqual([7, 7, 7, 7]);
  const again = new Int16Array(20);
  g722.createDecoder().decode(same, 0, 10, again, 0);
  expect(back.subarray(2, 22)).toEqual(again);
});

test("the octets and samples are those of the coder that passed the ITU-T's sequences", () => {
  /** FNV-1a. */
  const hash = (bytes: Uint8Array) =>
    bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x1000193), 0x811c9dc5 | 0) >>> 0;
  const random = seeded(9);
  // A tone that grows far beyond the limit, with noise upon it.
  const samples = Int16Array.from({ length: 8000 }, (_, n) =>
    Math.max(-32_768, Math.min(32_767, 8 * n * Math.sin(n / 13) + 4000 * (random() - 0.5))),
  );
  const { octets, back } = roundTrip(samples);
  const bigEndian = Uint8Array.from(
    { length: 2 * back.length },
    (_, i) => (back[i >> 1] ?? 0) >> (i & 1 ? 0 : 8),
  );
  expect(Array.from(octets.subarray(0, 8))).toEqual([122, 150, 34, 136, 32, 132, 25, 9]);
  expect([hash(octets), hash(bigEndian)]).toEqual([0x7189d0d0, 0x4ee94fd5]);
});

test("nothing is allocated per frame", () => {
  // Compiled in this thread, so that what is compiled when does not depend on how busy the machine is.
  setFlagsFromString("--no-concurrent-recompilation");
  const samples = tone(1000);
  const encoder = g722.createEncoder();
  const decoder = g722.createDecoder();
  const octets = new Uint8Array(160);
  const back = new Int16Array(320);
  const run = (frames: number) => {
    for (let frame = 0; frame < frames; frame++) {
      encoder.encode(samples, (frame % 50) * 320, 320, octets, 0);
      decoder.decode(octets, 0, 160, back, 0);
    }
  };
  /** The least of many weighings: V8 allocates for itself too, and on a busy machine compiles late. What is ours is in each. */
  const allocated = (work: () => void) => {
    let least = Number.POSITIVE_INFINITY;
    for (let weighing = 0; weighing < 12; weighing++) {
      const before = getHeapStatistics().total_allocated_bytes;
      work();
      least = Math.min(least, getHeapStatistics().total_allocated_bytes - before);
    }
    return least;
  };
  const FRAMES = 3000;
  // Until the compiler has seen enough, interpreted code boxes numbers.
  run(FRAMES);
  const weighing = allocated(() => {});
  expect((allocated(() => run(FRAMES)) - weighing) / FRAMES).toBeLessThan(16);
});

test("RTP and SDP see a clock of 8000 Hz at 16 000 samples per second (RFC 3551 §4.5.2)", () => {
  expect(g722).toMatchObject({ name: "G722", payloadType: 9, clockRate: 8000, sampleRate: 16_000 });
});

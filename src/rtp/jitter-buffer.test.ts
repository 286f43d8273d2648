import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { JitterBuffer } from "./jitter-buffer.ts";
import { addTimestamp } from "./sequence.ts";

const FRAME = 160;
const TIMESTAMPS = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32 - 1600];

/** A ramp that never repeats within a second and never clicks by itself: sample n of the stream says that it is n. */
const said = (n: number) => (n % 8000) + 1000;
/** Loud but smooth, and of another phase in each frame: a step between neighbours beyond `TONE_STEP` is a click. */
const TONE_HZ = 230;
const tone = (n: number) => Math.round(12_000 * Math.sin((2 * Math.PI * TONE_HZ * n) / 8000));
const TONE_STEP = 12_000 * ((2 * Math.PI * TONE_HZ) / 8000);
/** The tone in words of `length` samples, each ending in a pause of `pause`, with soft edges that steepen it a little. */
const speech = (length: number, pause: number) => (n: number) => {
  const edge = Math.min(n % length, length - pause - (n % length));
  return Math.round(tone(n) * Math.max(0, Math.min(1, edge / 80)));
};
const SPEECH_STEP = TONE_STEP + 12_000 / 80 + 2;

/** One packet of a stream: its samples `from` to `from + count`, arriving at `at`. */
interface Arrival {
  readonly at: number;
  readonly from: number;
  readonly count: number;
}

interface Heard {
  readonly pcm: Int16Array;
  /** For each frame read, whether the buffer said that it sounds. */
  readonly sounds: readonly boolean[];
  readonly buffer: JitterBuffer;
}

/** Plays arrivals against reads, in order of time (a packet before a read at the same time). */
function play(
  arrivals: readonly Arrival[],
  reads: readonly number[],
  { start = 0, sample = said, buffer = new JitterBuffer() } = {},
): Heard {
  const queue = [...arrivals].sort((a, b) => a.at - b.at);
  const pcm = new Int16Array(reads.length * FRAME);
  const frame = new Int16Array(FRAME);
  const sounds: boolean[] = [];
  const write = ({ at, from, count }: Arrival) => {
    const samples = Int16Array.from({ length: count }, (_, i) => sample(from + i));
    buffer.write(addTimestamp(start, from), samples, 0, count, at);
  };
  for (const at of reads) {
    for (let next = queue[0]; next !== undefined && next.at <= at; next = queue[0]) {
      write(next);
      queue.shift();
    }
    sounds.push(buffer.read(frame, at));
    pcm.set(frame, (sounds.length - 1) * FRAME);
  }
  return { pcm, sounds, buffer };
}

const still = (_packet: number): number => 0;

/** Packets of `ptime` ms from `from` ms on, `jitter` ms late each, for `ms`. */
function stream(ms: number, { phase = 0, ptime = 20, jitter = still, first = 0 } = {}): Arrival[] {
  return Array.from({ length: Math.floor(ms / ptime) }, (_, i) => ({
    at: phase + i * ptime + jitter(i),
    from: first + i * ptime * 8,
    count: ptime * 8,
  }));
}

/** Read times every 20 ms. */
const every20 = (ms: number, phase = 0) =>
  Array.from({ length: Math.floor(ms / 20) }, (_, i) => phase + i * 20);

/** The stream's sample numbers among what was heard; silence and most of what is faded fall below the ramp. */
function numbers(heard: Heard): number[] {
  return [...heard.pcm].filter((value) => value >= 1000).map((value) => value - 1000);
}

/** The largest step between neighbours, and with silence before the first sample. */
function largestStep(pcm: Int16Array): number {
  let largest = 0;
  for (let i = 1; i < pcm.length; i++)
    largest = Math.max(largest, Math.abs((pcm[i] ?? 0) - (pcm[i - 1] ?? 0)));
  return largest;
}

/** How long the audio heard last had been in the buffer, ms, by its place in the stream. */
function delayOfLastFrame(heard: Heard, reads: readonly number[], seconds: number): number {
  const n = (heard.pcm.at(-FRAME) ?? 0) - 1000 + Math.floor(seconds) * 8000;
  return (reads.at(-1) ?? 0) - n / 8;
}

let buffer: JitterBuffer;
beforeEach(() => {
  buffer = new JitterBuffer();
});

describe("without jitter", () => {
  test.each(TIMESTAMPS)(
    "from timestamp %i on, what is read is what was written, in order, without a gap",
    (start) => {
      const heard = play(stream(800), every20(780, 10), { start });
      const got = numbers(heard).slice(40);
      expect(got.length).toBeGreaterThan(5600);
      expect(got).toEqual(got.map((_, i) => (got[0] ?? 0) + i));
      expect(heard.buffer.counters).toMatchObject({ late: 0, resyncs: 0, dropped: 0, inserted: 0 });
    },
  );

  test.each([10, 20, 30, 40, 60])(
    "packets of %i ms come out whole once the buffer has found its depth",
    (ptime) => {
      const heard = play(stream(6000, { ptime }), every20(5900, 7), { sample: (n) => (n % 8000) + 1000 });
      const tail = heard.pcm.subarray(heard.pcm.length - 8000);
      for (let i = 1; i < tail.length; i++) {
        if (tail[i] !== 1000) expect((tail[i] ?? 0) - (tail[i - 1] ?? 0)).toBe(1);
      }
      expect(heard.buffer.counters).toMatchObject({ late: 0, resyncs: 0 });
    },
  );

  test.each([0, 1, 4, 6, 10, 15, 19])(
    "a reader %i ms after the packets waits between 5 and 25 ms for them",
    (phase) => {
      const reads = every20(3950, 100 + phase);
      const delay = delayOfLastFrame(play(stream(4100), reads), reads, 4);
      expect(delay).toBeGreaterThanOrEqual(4);
      expect(delay).toBeLessThanOrEqual(25);
    },
  );
});

test("any jitter below the depth it led to is inaudible: after some seconds all comes out in order", () => {
  const jitters = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 10, maxLength: 50 });
  fc.assert(
    fc.property(jitters, fc.constantFrom(...TIMESTAMPS), fc.nat(19), (jitter, start, phase) => {
      const packets = stream(6000, { jitter: (i) => jitter[i % jitter.length] ?? 0 });
      const heard = play(packets, every20(5900, phase), { start });
      const tail = heard.pcm.subarray(heard.pcm.length - 8000);
      let breaks = 0;
      for (let i = 1; i < tail.length; i++) {
        const step = (tail[i] ?? 0) - (tail[i - 1] ?? 0);
        if (step !== 1 && step !== -7999) breaks++;
      }
      expect(breaks).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("a reader that comes in bursts is served from a deeper buffer, without a gap once it has grown", () => {
  const bursts = Array.from({ length: 75 }, (_, i) => [
    100 + i * 80,
    100 + i * 80,
    100 + i * 80,
    100 + i * 80,
  ]).flat();
  const heard = play(stream(6200), bursts);
  const tail = heard.pcm.subarray(heard.pcm.length - 16_000);
  expect(tail.every((value, i) => i === 0 || [1, -7999].includes(value - (tail[i - 1] ?? 0)))).toBe(true);
});

describe("what goes missing", () => {
  test("a lost packet is silence in its place, with a fade on either side", () => {
    const packets = stream(400, { phase: -1 }).filter((_, i) => i !== 10);
    const heard = play(packets, every20(380, 10), { sample: () => 10_000 });
    const gap = heard.pcm.findIndex((value, i) => i >= 1600 && value < 10_000);
    const lost = heard.pcm.subarray(gap, gap + FRAME);
    expect([lost[0], lost[20], lost[39], lost[40], lost[159]]).toEqual([9750, 4750, 0, 0, 0]);
    expect(largestStep(heard.pcm)).toBeLessThanOrEqual(250);
    expect(heard.pcm.at(-1)).toBe(10_000);
  });

  test("reordered packets are read in order while there is depth for it", () => {
    // A stall early on has made room for it.
    const stalled = stream(1000, {
      jitter: (i) => (i === 20 ? 60 : i === 21 ? 40 : i === 22 ? 20 : i === 30 ? 21 : 0),
    });
    const heard = play(stalled, every20(980, 10));
    expect(heard.buffer.counters.late).toBe(0);
    expect(
      numbers(heard)
        .slice(-4000)
        .every((n, i, all) => i === 0 || n === (all[i - 1] ?? 0) + 1),
    ).toBe(true);
  });

  test("a duplicate is not played twice, whether its audio waits or was played", () => {
    const packets = stream(1000);
    const again = packets.map((arrival) => ({ ...arrival, at: arrival.at + 1 }));
    const later = packets.map((arrival) => ({ ...arrival, at: arrival.at + 15 }));
    const heard = play([...packets, ...again, ...later], every20(980, 10));
    const got = numbers(heard).slice(40);
    expect(got).toEqual(got.map((_, i) => (got[0] ?? 0) + i));
    expect(heard.buffer.counters.duplicates).toBeGreaterThan(40);
    expect(heard.buffer.counters.inserted).toBe(0);
  });

  test("a packet whose place has been passed by later audio is dropped and counted", () => {
    const packets = stream(1000, { jitter: (i) => (i === 30 ? 90 : 0) });
    const heard = play(packets, every20(980, 10));
    expect(heard.buffer.counters.late).toBe(1);
    expect(heard.buffer.counters.written).toBe(48);
  });

  test("nothing at all reads as silence, and says so", () => {
    const output = new Int16Array(FRAME).fill(99);
    expect(buffer.read(output, 0)).toBe(false);
    expect(output.every((value) => value === 0)).toBe(true);
  });

  test("a stream that ends fades out, and is then said to be silent", () => {
    const heard = play(stream(200), every20(400, 10), { sample: () => 10_000 });
    expect(largestStep(heard.pcm)).toBeLessThanOrEqual(250);
    expect(heard.sounds.slice(-8)).toEqual(Array(8).fill(false));
  });
});

describe("depth", () => {
  /** `ms` of a stream that stalls for `stallMs` after a second and catches up in a burst. */
  const stalling = (ms: number, stallMs: number) =>
    stream(ms).map((arrival) => {
      const stalled = arrival.at >= 1000 && arrival.at < 1000 + stallMs;
      return stalled ? { ...arrival, at: 1000 + stallMs } : arrival;
    });

  test.each([30, 60, 120, 180])(
    "grows at once over a stall of %i ms, so that not a sample of it is lost",
    (stallMs) => {
      const heard = play(stalling(1900, stallMs), every20(1880, 10), { sample: (n) => n + 1000 });
      const got = new Set(numbers(heard));
      for (let n = 100; n < 13_000; n++) {
        // The first 5 ms after the stall are faded in.
        const faded = n >= 8000 && n < 8040;
        if (!faded && !got.has(n)) expect.unreachable(`sample ${n} was not heard`);
      }
      expect(heard.buffer.counters.inserted).toBeGreaterThanOrEqual(Math.floor(stallMs / 20));
    },
  );

  test("grows by one frame more when the late packet came only just before the next read", () => {
    const moved = stream(2000, { jitter: (i) => (i < 50 ? 0 : 29 + (i % 2) * 3) });
    const heard = play(moved, every20(1980, 10), { sample: () => 5000 });
    const back = heard.pcm.indexOf(5000, 1050 * 8);
    expect(heard.pcm.subarray(back).every((value) => value === 5000)).toBe(true);
    expect(back).toBeLessThan(1060 * 8);
  });

  test("shrinks again within seconds, cross-faded where it is never quiet", () => {
    const reads = every20(5980, 10);
    const heard = play(stalling(6000, 120), reads, { sample: tone });
    expect(heard.buffer.counters.dropped).toBeGreaterThanOrEqual(5);
    expect(heard.buffer.depthMs).toBeLessThanOrEqual(20);
    const afterStall = heard.pcm.subarray(1400 * 8);
    // A cross-fade adds the difference of the two sides over 40 samples to the tone's own steps.
    expect(largestStep(afterStall)).toBeLessThan(TONE_STEP + 24_000 / 40 + 2);
  });

  test("shrinks in a quiet moment if one comes", () => {
    const heard = play(stalling(6000, 120), every20(5980, 10), { sample: speech(1600, 320) });
    expect(heard.buffer.counters.dropped).toBeGreaterThanOrEqual(5);
    expect(largestStep(heard.pcm.subarray(1400 * 8))).toBeLessThan(SPEECH_STEP);
  });

  test("never exceeds 200 ms, however long the stall that ends in a burst", () => {
    const heard = play(stalling(6000, 1000), every20(2100, 10));
    expect(heard.buffer.depthMs).toBeLessThanOrEqual(220);
    const reads = every20(5980, 10);
    const end = play(stalling(6000, 1000), reads);
    expect(delayOfLastFrame(end, reads, 5)).toBeLessThan(30);
  });

  test.each([
    ["faster", 200],
    ["slower", -200],
  ])("follows a speaker whose clock is 200 ppm %s, without a click in speech", (_, ppm) => {
    const packets = stream(300_000).map((arrival) => ({ ...arrival, at: arrival.at * (1 - ppm / 1e6) }));
    const heard = play(packets, every20(299_900, 10), { sample: speech(6400, 800) });
    const { late, resyncs, inserted, dropped } = heard.buffer.counters;
    expect([late, resyncs]).toEqual([0, 0]);
    // 300 s x 200 ppm are 60 ms: three frames, give or take the one it began with.
    expect(
      Math.abs(dropped - inserted) * Math.sign(ppm) * Math.sign(dropped - inserted),
    ).toBeGreaterThanOrEqual(2);
    expect(inserted + dropped).toBeLessThanOrEqual(5);
    expect(largestStep(heard.pcm)).toBeLessThan(SPEECH_STEP);
  });
});

describe("a stream that begins anew", () => {
  test.each([
    ["far ahead", 5_000_000],
    ["far back", -5_000_000],
    ["half the range away", 2 ** 31],
  ])("with a timestamp %s is heard within two frames", (_, jump) => {
    play(stream(500), every20(480, 10), { buffer });
    const heard = play(stream(200, { phase: 500 }), every20(180, 510), {
      start: addTimestamp(4000, jump),
      sample: () => 5000,
      buffer,
    });
    expect(heard.pcm[3 * FRAME]).toBe(5000);
    expect(buffer.counters.resyncs).toBe(1);
  });

  test("after a pause of seconds, with the timestamps of a running clock, is heard without a resync", () => {
    const spurts = [...stream(500), ...stream(500, { phase: 3000, first: 24_000 })];
    const heard = play(spurts, every20(3480, 10));
    expect(heard.buffer.counters).toMatchObject({ resyncs: 0, late: 0 });
    expect(heard.pcm.subarray(-FRAME).every((value) => value >= 1000)).toBe(true);
  });

  test("after a pause, with timestamps that stood still, is heard from its first sample", () => {
    const spurts = [...stream(500), ...stream(500, { phase: 3000, first: 4000 })];
    const heard = play(spurts, every20(3480, 10), { sample: (n) => n + 1000 });
    const got = new Set(numbers(heard));
    for (let n = 4040; n < 7000; n++) if (!got.has(n)) expect.unreachable(`sample ${n} was not heard`);
  });

  test("after a reset owes nothing to the one before", () => {
    play(stream(500), every20(480, 10), { buffer });
    buffer.reset();
    const output = new Int16Array(FRAME);
    expect(buffer.read(output, 500)).toBe(false);
    expect(output.every((value) => value === 0)).toBe(true);
  });
});

describe("a reader that stays away", () => {
  test("finds the newest audio when it comes back, not the oldest", () => {
    const reads = [...every20(400, 10), ...every20(200, 1710)];
    expect(delayOfLastFrame(play(stream(2000), reads), reads, 1)).toBeLessThan(30);
  });

  test("finds silence when the speaker has stopped too", () => {
    play(stream(300), every20(300, 10), { buffer });
    for (let i = 15; i < 30; i++) buffer.write(i * FRAME, new Int16Array(FRAME).fill(5000), 0, FRAME, i * 20);
    expect(buffer.depthMs).toBeGreaterThan(0);
    const output = new Int16Array(FRAME).fill(9);
    expect(buffer.read(output, 5000)).toBe(false);
    expect(output.every((value) => value === 0)).toBe(true);
  });

  test("is moved on over the frames it missed, so that delay does not build up", () => {
    const frame = new Int16Array(FRAME);
    play(stream(600), every20(400, 10), { buffer });
    for (let i = 30; i < 40; i++) {
      buffer.write(
        i * FRAME,
        Int16Array.from({ length: FRAME }, (_, n) => said(i * FRAME + n)),
        0,
        FRAME,
        i * 20,
      );
      if (i < 34) continue;
      if (i === 34) buffer.skip(buffer.depthMs / 20 - 1);
      buffer.read(frame, i * 20 + 10);
    }
    expect((frame[FRAME - 1] ?? 0) - 1000).toBe(40 * FRAME - 1);
  });

  test("is not moved beyond what is there", () => {
    play(stream(100), every20(60, 10), { buffer });
    buffer.skip(50);
    expect(buffer.depthMs).toBe(0);
    const heard = play(stream(200, { phase: 100, first: 800 }), every20(180, 110), { buffer });
    expect(heard.buffer.counters.resyncs).toBe(0);
    expect(heard.sounds.at(-1)).toBe(true);
  });
});

test("the lowest sample, which marks an empty place inside, is heard as its neighbour", () => {
  const clipped = (n: number) => (n === 1000 ? -32_768 : -30_000);
  const heard = play(stream(200), every20(180, 10), { sample: clipped });
  expect(heard.pcm.subarray(500).every((value) => value <= -29_250)).toBe(true);
});

test("packets of no samples, or of more than 200 ms, are passed over", () => {
  buffer.write(0, new Int16Array(1), 0, 0, 0);
  buffer.write(0, new Int16Array(1601), 0, 1601, 0);
  expect([buffer.counters.written, buffer.depthMs]).toEqual([0, 0]);
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/support/engine-bench.ts";
import { BandCoder } from "./g722-band.ts";
import { HIGHER, LOWER, LOWER_OUTPUTS } from "./g722-tables.ts";

type Mode = keyof typeof LOWER_OUTPUTS;
const MODES: readonly Mode[] = [1, 2, 3];

/** A pair of band coders in the test configurations of G.722 Appendix II: on words of 16 bits, without the filters. */
const encoder = () => {
  const lower = new BandCoder(LOWER);
  const higher = new BandCoder(HIGHER);
  return (word: number) => {
    const sample = (word << 16) >> 17;
    return (higher.encode(sample) << 14) | (lower.encode(sample) << 8);
  };
};
const lowerDecoder = (mode: Mode) => () => {
  const lower = new BandCoder(LOWER, LOWER_OUTPUTS[mode]);
  return (word: number) => lower.decode((word >> 8) & 63) << 1;
};
const higherDecoder = () => {
  const higher = new BandCoder(HIGHER);
  return (word: number) => higher.decode(word >> 14) << 1;
};

/** A sequence through a coder made anew at each word whose bit 0 asks for it; such a word comes out as it went in. */
function through(sequence: Uint16Array, create: () => (word: number) => number): Uint16Array {
  let code = create();
  return sequence.map((word) => {
    if ((word & 1) === 0) return code(word);
    code = create();
    return word;
  });
}

describe("the sequences of G.722 Appendix II", () => {
  const folder = join(import.meta.dirname, "../../../../shared/testdata/g722");
  const there = existsSync(folder);

  function words(file: string): Uint16Array {
    const bytes = readFileSync(join(folder, file));
    return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(2 * i));
  }

  test("are there, with 16 384 and 768 words to code", ({ skip }) => {
    skip(!there, "../shared/testdata is not beside this project: only the project's own vectors were run");
    const coded = (file: string) => words(file).filter((word) => (word & 1) === 0).length;
    expect([coded("bt1c1.xmt"), coded("bt1c2.xmt"), coded("bt1d3.cod")]).toEqual([16_384, 768, 16_384]);
  });

  test.runIf(there).each([
    ["bt1c1.xmt", "bt2r1.cod"],
    ["bt1c2.xmt", "bt2r2.cod"],
  ])("%s is encoded to %s", (samples, codes) => {
    expect(through(words(samples), encoder)).toEqual(words(codes));
  });

  const decoded = [
    ["bt2r1.cod", "bt3l1", "bt3h1"],
    ["bt2r2.cod", "bt3l2", "bt3h2"],
    ["bt1d3.cod", "bt3l3", "bt3h3"],
  ] as const;

  test.runIf(there).each(decoded.flatMap(([codes, low]) => MODES.map((mode) => [codes, low, mode] as const)))(
    "%s is decoded to %s in mode %i",
    (codes, low, mode) => {
      expect(through(words(codes), lowerDecoder(mode))).toEqual(words(`${low}.rc${mode}`));
    },
  );

  test.runIf(there).each(decoded)("%s is decoded, beside %s, to %s", (codes, _, high) => {
    expect(through(words(codes), higherDecoder)).toEqual(words(`${high}.rc0`));
  });
});

/** Made by these coders when they had passed the sequences above, to hold them where those are not. */
describe("the project's own vectors", () => {
  const LENGTH = 12_000;

  /** FNV-1a over the two octets of every word. */
  function hash(sequence: Uint16Array): number {
    let sum = 0x811c9dc5;
    for (const word of sequence) {
      sum = Math.imul(sum ^ (word >> 8), 0x1000193);
      sum = Math.imul(sum ^ (word & 0xff), 0x1000193);
    }
    return sum >>> 0;
  }

  /** From silence to the limits and back at once, in steps and noise. No word is odd: none asks for a reset. */
  function samples(): Uint16Array {
    const random = seeded(722);
    let level = 1;
    let sample = 0;
    return Uint16Array.from({ length: LENGTH }, (_, i) => {
      if (i % 250 === 0) level = 2 ** Math.floor(16 * random());
      if (random() < 0.7) sample = Math.round((random() - 0.5) * 2 * level);
      return sample & 0xfffe;
    });
  }

  /** Runs of codes as no encoder sends them, most of the largest values, to drive every sum of the predictor to its limit. */
  function anyCodes(): Uint16Array {
    const LARGEST = [0x04, 0x20];
    const random = seeded(7);
    let code = 0;
    let turn = 0;
    return Uint16Array.from({ length: LENGTH }, (_, i) => {
      if (random() < 0.02) {
        const lower = random() < 0.6 ? LARGEST[Math.floor(2 * random())] : Math.floor(64 * random());
        code = (Math.floor(4 * random()) << 6) | (lower ?? 0);
        turn = random() < 0.4 ? 0xa4 : 0;
      }
      const stray = random() < 0.02 ? 0xa0 : 0;
      return (code ^ (i % 2 === 0 ? 0 : turn) ^ stray) << 8;
    });
  }

  const encoded = through(samples(), encoder);

  test("are encoded as ever", () => {
    expect(Array.from(encoded.subarray(0, 10), (word) => word >> 8)).toEqual([
      250, 4, 25, 4, 9, 28, 168, 172, 21, 170,
    ]);
    expect(hash(encoded)).toBe(0xf0361379);
  });

  test.each([
    ["the lower band in mode 1", lowerDecoder(1), 0xa258bcfa, 0xd3103001],
    ["the lower band in mode 2", lowerDecoder(2), 0xc0f6df5d, 0xf9026ea8],
    ["the lower band in mode 3", lowerDecoder(3), 0x1b4db823, 0x26eb732f],
    ["the higher band", higherDecoder, 0x677bb1ff, 0xd7838759],
  ] as const)("are decoded as ever, %s", (_, decoder, ofSamples, ofAnyCodes) => {
    expect(hash(through(encoded, decoder))).toBe(ofSamples);
    expect(hash(through(anyCodes(), decoder))).toBe(ofAnyCodes);
  });
});

test("a bit lost to data costs some 6 dB, and the codes stay in step", () => {
  const SETTLED = 500;
  const [all = 0, five = 0, four = 0] = MODES.map((mode) => {
    const encoding = new BandCoder(LOWER);
    const decoding = new BandCoder(LOWER, LOWER_OUTPUTS[mode]);
    const random = seeded(3);
    let signal = 0;
    let noise = 0;
    for (let i = 0; i < 8000; i++) {
      const sample = Math.round(6000 * (random() - 0.5));
      const error = decoding.decode(encoding.encode(sample)) - sample;
      if (i < SETTLED) continue;
      signal += sample * sample;
      noise += error * error;
    }
    return 10 * Math.log10(signal / noise);
  });
  expect(all).toBeGreaterThan(29);
  expect(all - five).toBeCloseTo(6, 0);
  expect(five - four).toBeCloseTo(6, 0);
});

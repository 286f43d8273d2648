import { describe, expect, test } from "vitest";
import { G711_CODECS, type G711Codec, pcma, pcmu } from "./g711.ts";

/**
 * ITU-T G.711 told once more, from the standard's segments rather than from any code: a byte holds a sign, a segment
 * (3 bits) and a step (4 bits). `lower` and `upper` are the decision values around a byte's magnitude, in 16-bit units.
 */
interface Reference {
  readonly codec: G711Codec;
  /** Bits inverted on the wire: all of them (µ-law, §3.2), the even ones (A-law, §3.1). */
  readonly inversion: number;
  /** Sign bit (after undoing the inversion) of a positive sample. */
  readonly positiveSign: number;
  magnitude(segment: number, step: number): { lower: number; value: number; upper: number };
}

/** µ-law: 14-bit magnitudes; segment s has 16 steps of 2^(s+1) and begins at 33·2^s - 33, less half a step at zero. */
const muLaw: Reference = {
  codec: pcmu,
  inversion: 0xff,
  positiveSign: 0x00,
  magnitude(segment, step) {
    const width = 2 ** (segment + 1);
    const value = 33 * 2 ** segment - 33 + step * width;
    return { lower: Math.max(0, value - width / 2) * 4, value: value * 4, upper: (value + width / 2) * 4 };
  },
};

/** A-law: 13-bit magnitudes; segments 0 and 1 share a step of 2, each further segment doubles it. */
const aLaw: Reference = {
  codec: pcma,
  inversion: 0x55,
  positiveSign: 0x80,
  magnitude(segment, step) {
    const width = segment === 0 ? 2 : 2 ** segment;
    const lower = segment === 0 ? step * width : 16 * width + step * width;
    return { lower: lower * 8, value: (lower + width / 2) * 8, upper: (lower + width) * 8 };
  },
};

describe.each([
  ["PCMU", muLaw],
  ["PCMA", aLaw],
] as const)("%s", (name, law) => {
  const { codec } = law;

  /** Sign, decoded magnitude and decision values of a byte, by the standard. */
  const byStandard = (byte: number) => {
    const plain = byte ^ law.inversion;
    const sign = (plain & 0x80) === law.positiveSign ? 1 : -1;
    return { sign, ...law.magnitude((plain >> 4) & 7, plain & 15) };
  };

  test("decodes every one of the 256 bytes to the standard's value", () => {
    for (let byte = 0; byte < 256; byte++) {
      const { sign, value } = byStandard(byte);
      expect(codec.decodeTable[byte], `byte ${byte}`).toBe(sign * value + 0);
    }
  });

  test("encodes every one of the 65536 samples between that byte's decision values", () => {
    const loudest = law.magnitude(7, 15).upper;
    for (let sample = -32_768; sample < 32_768; sample++) {
      const { sign, lower, upper } = byStandard(codec.encodeTable[sample & 0xffff] ?? Number.NaN);
      const magnitude = Math.min(Math.abs(sample), loudest);
      // Zero has two bytes; which side a sample exactly on a decision value goes to, the standard leaves open.
      const right = (sample === 0 || sign === Math.sign(sample)) && lower <= magnitude && magnitude <= upper;
      if (!right) expect.unreachable(`${sample} is not between ${lower} and ${upper}`);
    }
  });

  test("encodes what it decoded to the same byte, the two zeros of µ-law apart", () => {
    for (let byte = 0; byte < 256; byte++) {
      const again = codec.encodeTable[(codec.decodeTable[byte] ?? 0) & 0xffff];
      expect(again, `byte ${byte}`).toBe(name === "PCMU" && byte === 0x7f ? 0xff : byte);
    }
  });

  test("never gets quieter as the sample gets louder", () => {
    let last = Number.NEGATIVE_INFINITY;
    for (let sample = -32_768; sample < 32_768; sample++) {
      const decoded = codec.decodeTable[codec.encodeTable[sample & 0xffff] ?? 0] ?? Number.NaN;
      if (decoded < last) expect.unreachable(`${sample} decodes to ${decoded}, below ${last}`);
      last = decoded;
    }
  });

  test("encodes and decodes in place, at the offsets given, and nothing beside them", () => {
    const pcm = Int16Array.of(9, 9, 1000, -1000, 0, 9);
    const bytes = new Uint8Array(6).fill(1);
    expect(codec.encode(pcm, 2, 3, bytes, 1)).toBe(3);
    expect([bytes[0], bytes[4], bytes[5]]).toEqual([1, 1, 1]);
    expect(bytes[3]).toBe(codec.silence);
    const back = new Int16Array(6).fill(7);
    expect(codec.decode(bytes, 1, 3, back, 2)).toBe(3);
    expect([back[0], back[1], back[5]]).toEqual([7, 7, 7]);
    expect(Math.abs((back[2] ?? 0) - 1000)).toBeLessThan(32);
    expect(back[3]).toBe(-(back[2] ?? 0));
  });
});

test("the codecs carry the static payload types and silent bytes of RFC 3551", () => {
  expect([pcmu.payloadType, pcma.payloadType]).toEqual([0, 8]);
  expect([pcmu.silence, pcma.silence]).toEqual([0xff, 0xd5]);
  expect(G711_CODECS.PCMA).toBe(pcma);
});

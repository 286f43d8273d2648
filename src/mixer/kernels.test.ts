import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pcma, pcmu } from "../rtp/codec/g711.ts";
import {
  accumulate,
  accumulateDecoded,
  clipTo,
  encodeSum,
  mixEncode,
  transcode,
  transcodeTable,
} from "./kernels.ts";

const FRAME = 160;
const pcm = fc.int16Array({ minLength: FRAME, maxLength: FRAME });
const bytes = fc.uint8Array({ minLength: FRAME, maxLength: FRAME });
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

describe("a fused kernel gives the same bytes as its steps", () => {
  test("decode and accumulate", () => {
    fc.assert(
      fc.property(bytes, gainQ8, (payload, gain) => {
        const decoded = new Int16Array(FRAME);
        pcma.decode(payload, 0, FRAME, decoded, 0);
        const expected = new Int32Array(FRAME);
        accumulate(expected, decoded, gain, FRAME);
        const acc = new Int32Array(FRAME);
        accumulateDecoded(acc, payload, 0, pcma.decodeTable, gain, FRAME);
        expect(acc).toEqual(expected);
      }),
    );
  });

  test("mix and encode, from one law to the other", () => {
    fc.assert(
      fc.property(bytes, pcm, pcm, (payload, other, another) => {
        const acc = new Int32Array(FRAME);
        accumulate(acc, other, 256, FRAME);
        accumulate(acc, another, 256, FRAME);
        const fused = new Uint8Array(FRAME + 2);
        mixEncode(acc, payload, 0, pcmu.decodeTable, pcma.encodeTable, fused, 2, FRAME);

        const partner = new Int16Array(FRAME);
        pcmu.decode(payload, 0, FRAME, partner, 0);
        accumulate(acc, partner, 256, FRAME);
        const sum = new Int16Array(FRAME);
        clipTo(acc, sum, FRAME);
        const stepped = new Uint8Array(FRAME);
        pcma.encode(sum, 0, FRAME, stepped, 0);
        expect(fused.subarray(2)).toEqual(stepped);

        const summed = new Uint8Array(FRAME);
        encodeSum(acc, pcma.encodeTable, summed, 0, FRAME);
        expect(summed).toEqual(stepped);
      }),
    );
  });
});

test("a mix with nobody else audible is the partner's payload, byte for byte", () => {
  const silent = new Int32Array(256);
  for (const codec of [pcmu, pcma]) {
    const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const output = new Uint8Array(256);
    mixEncode(silent, payload, 0, codec.decodeTable, codec.encodeTable, output, 0, 256);
    // µ-law has two bytes for zero and encodes the one.
    if (codec === pcmu) payload[0x7f] = 0xff;
    expect(output).toEqual(payload);
  }
});

test("transcoding by table is decoding and encoding", () => {
  const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const output = new Uint8Array(256);
  transcode(payload, 0, transcodeTable(pcmu.decodeTable, pcma.encodeTable), output, 0, 256);
  const decoded = new Int16Array(256);
  const expected = new Uint8Array(256);
  pcmu.decode(payload, 0, 256, decoded, 0);
  pcma.encode(decoded, 0, 256, expected, 0);
  expect(output).toEqual(expected);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  HEADER_LENGTH,
  isRtp,
  marker,
  payloadLength,
  payloadOffset,
  payloadType,
  sequenceNumber,
  ssrc,
  timestamp,
  writeHeader,
} from "./packet.ts";

/** A packet of `length` bytes with a plain header; `patch` overwrites bytes by index. */
function packet(length: number, patch: Record<number, number> = {}): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = 0x80;
  for (const [index, value] of Object.entries(patch)) bytes[Number(index)] = value;
  return bytes;
}

describe("a header", () => {
  test("reads back as it was written, whatever the numbers", () => {
    const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
    const buffer = new Uint8Array(HEADER_LENGTH);
    fc.assert(
      fc.property(
        uint(7),
        fc.boolean(),
        uint(16),
        uint(32),
        uint(32),
        (type, mark, sequence, ticks, source) => {
          writeHeader(buffer, type, mark, sequence, ticks, source);
          expect([
            payloadType(buffer),
            marker(buffer),
            sequenceNumber(buffer),
            timestamp(buffer),
            ssrc(buffer),
          ]).toEqual([type, mark, sequence, ticks, source]);
          expect(buffer[0]).toBe(0x80);
        },
      ),
    );
  });

  test("has its fields where RFC 3550 §5.1 puts them", () => {
    const bytes = Uint8Array.of(0x80, 0x88, 0x12, 0x34, 0xfe, 0xdc, 0xba, 0x98, 0x89, 0xab, 0xcd, 0xef);
    expect([payloadType(bytes), marker(bytes)]).toEqual([8, true]);
    expect(sequenceNumber(bytes)).toBe(0x1234);
    expect(timestamp(bytes)).toBe(0xfedcba98);
    expect(ssrc(bytes)).toBe(0x89abcdef);
  });

  test("cuts a sequence number and a timestamp that ran over to their width", () => {
    const buffer = new Uint8Array(HEADER_LENGTH);
    writeHeader(buffer, 0, false, 65_536 + 3, 2 ** 32 + 5, 7);
    expect(sequenceNumber(buffer)).toBe(3);
    expect(timestamp(buffer)).toBe(5);
  });
});

describe("what counts as RTP", () => {
  test.each<[string, Uint8Array, boolean]>([
    ["a header with a payload", packet(172), true],
    ["a header alone (a keep-alive)", packet(12), true],
    ["eleven bytes", packet(11), false],
    ["nothing", new Uint8Array(0), false],
    ["version 1", packet(172, { 0: 0x40 }), false],
    ["version 0, as STUN", packet(172, { 0: 0x00 }), false],
    ["version 3", packet(172, { 0: 0xc0 }), false],
    ["fifteen contributing sources that fit", packet(72, { 0: 0x8f }), true],
    ["fifteen contributing sources that do not", packet(71, { 0: 0x8f }), false],
    ["an extension that fits", packet(20, { 0: 0x90, 15: 1 }), true],
    ["an extension longer than the packet", packet(20, { 0: 0x90, 15: 2 }), false],
    ["an extension without room for its own header", packet(15, { 0: 0x90 }), false],
    ["an extension of 65535 words", packet(1500, { 0: 0x90, 14: 0xff, 15: 0xff }), false],
    ["padding that fits", packet(20, { 0: 0xa0, 19: 8 }), true],
    ["padding that reaches into the header", packet(20, { 0: 0xa0, 19: 9 }), false],
    ["padding of zero bytes", packet(20, { 0: 0xa0, 19: 0 }), false],
    ["payload type 63 with marker (191)", packet(172, { 1: 191 }), true],
    ["RTCP (192)", packet(172, { 1: 192 }), false],
    ["an RTCP sender report (200)", packet(172, { 1: 200 }), false],
    ["RTCP (223)", packet(172, { 1: 223 }), false],
    ["payload type 96 with marker (224)", packet(172, { 1: 224 }), true],
  ])("%s", (_, bytes, expected) => {
    expect(isRtp(bytes, bytes.length)).toBe(expected);
  });

  test("a length beyond the buffer is refused", () => {
    expect(isRtp(packet(20), 21)).toBe(false);
  });

  test("bytes after the datagram are not read", () => {
    const buffer = packet(40, { 0: 0xa0, 19: 4, 39: 200 });
    expect(isRtp(buffer, 20)).toBe(true);
    expect(payloadLength(buffer, 20)).toBe(4);
  });

  test("the payload of anything accepted lies inside the datagram", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom(0x80, 0x90, 0xa0, 0xb3),
        (bytes, first) => {
          if (bytes.length > 0) bytes[0] = first;
          if (!isRtp(bytes, bytes.length)) return;
          const end = payloadOffset(bytes) + payloadLength(bytes, bytes.length);
          expect(payloadOffset(bytes)).toBeGreaterThanOrEqual(HEADER_LENGTH);
          expect(payloadLength(bytes, bytes.length)).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test("the payload begins after sources and extension and ends before the padding", () => {
  // Two sources (8 bytes), an extension of one word (8 bytes), 10 bytes of payload, 2 of padding.
  const bytes = packet(40, { 0: 0xb2, 23: 1, 39: 2 });
  expect(payloadOffset(bytes)).toBe(28);
  expect(payloadLength(bytes, bytes.length)).toBe(10);
});

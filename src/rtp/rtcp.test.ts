import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  middleNtp,
  parseRtcp,
  type ReportBlock,
  roundTripMs,
  type SenderInfo,
  writeGoodbye,
  writeReport,
} from "./rtcp.ts";

const SSRC = 0xfeed_beef;
const CNAME = "9f3a@floorwalker";
const WALL_MS = Date.UTC(2026, 0, 1, 12, 0, 0, 500);
const SENDER: SenderInfo = { wallMs: WALL_MS, timestamp: 0xffff_ff00, packets: 1000, octets: 160_000 };
const BLOCK: ReportBlock = {
  ssrc: 0x8000_0001,
  fractionLost: 255,
  cumulativeLost: -3,
  extendedHighestSequence: 0x0001_fffe,
  jitter: 12,
  lastSenderReport: 0x8000_ffff,
  delaySinceLastSenderReport: 65_536,
};

/** A written packet, cut to its length. */
function written(write: (buffer: Uint8Array) => number): Uint8Array {
  const buffer = new Uint8Array(512).fill(0xaa);
  return buffer.slice(0, write(buffer));
}

const parsed = (bytes: Uint8Array) => parseRtcp(bytes, bytes.length);

describe("a report", () => {
  test("of a sender reads back as it was written", () => {
    const bytes = written((buffer) => writeReport(buffer, SSRC, CNAME, SENDER, BLOCK));
    expect(parsed(bytes)).toEqual({
      ssrc: SSRC,
      sender: { ...SENDER, middleNtp: middleNtp(WALL_MS) },
      blocks: [BLOCK],
      cname: CNAME,
      goodbyes: [],
    });
  });

  test("of a receiver who heard nothing has neither sender nor block", () => {
    const bytes = written((buffer) => writeReport(buffer, SSRC, CNAME));
    expect(parsed(bytes)).toEqual({ ssrc: SSRC, blocks: [], cname: CNAME, goodbyes: [] });
  });

  test("has its fields where RFC 3550 §6.4.1 and §6.5 put them", () => {
    const bytes = written((buffer) => writeReport(buffer, SSRC, "ab", undefined, BLOCK));
    // biome-ignore format: one row per 32-bit word group
    expect([...bytes]).toEqual([
      0x81, 201, 0, 7, 0xfe, 0xed, 0xbe, 0xef,
      0x80, 0, 0, 1, 255, 0xff, 0xff, 0xfd, 0, 1, 0xff, 0xfe, 0, 0, 0, 12, 0x80, 0, 0xff, 0xff, 0, 1, 0, 0,
      0x81, 202, 0, 3, 0xfe, 0xed, 0xbe, 0xef, 1, 2, 0x61, 0x62, 0, 0, 0, 0,
    ]);
  });

  test.each(["", "a", "ab", "abc", "abcd", "x".repeat(255)])("carries the name %j whole", (cname) => {
    expect(parsed(written((buffer) => writeReport(buffer, SSRC, cname)))?.cname).toBe(cname);
  });

  test("says no more lost packets than its field holds", () => {
    const lost = (cumulativeLost: number) =>
      parsed(written((buffer) => writeReport(buffer, SSRC, "", undefined, { ...BLOCK, cumulativeLost })))
        ?.blocks[0]?.cumulativeLost;
    expect([lost(99_999_999), lost(-99_999_999)]).toEqual([0x7f_ffff, -0x80_0000]);
  });

  test("is not written into a buffer that is too small", () => {
    const needed = written((buffer) => writeReport(buffer, SSRC, CNAME, SENDER, BLOCK)).length;
    expect(writeReport(new Uint8Array(needed - 1), SSRC, CNAME, SENDER, BLOCK)).toBe(0);
    expect(writeReport(new Uint8Array(needed), SSRC, CNAME, SENDER, BLOCK)).toBe(needed);
  });
});

test("a goodbye is a whole compound packet with BYE at its end", () => {
  const bytes = written((buffer) => writeGoodbye(buffer, SSRC, CNAME));
  expect(parsed(bytes)).toEqual({ ssrc: SSRC, blocks: [], cname: CNAME, goodbyes: [SSRC] });
  expect(writeGoodbye(new Uint8Array(bytes.length - 1), SSRC, CNAME)).toBe(0);
});

describe("malformed", () => {
  const whole = written((buffer) => writeReport(buffer, SSRC, CNAME, SENDER, BLOCK));
  const patched = (patch: Record<number, number>) => {
    const bytes = whole.slice();
    for (const [index, value] of Object.entries(patch)) bytes[Number(index)] = value;
    return bytes;
  };

  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["a header alone", whole.slice(0, 4)],
    ["version 1", patched({ 0: 0x41 })],
    ["padding on the first packet", patched({ 0: 0xa1 })],
    ["a first packet that is no report", patched({ 1: 202 })],
    ["a length beyond the datagram", patched({ 3: 200 })],
    ["a length that ends inside the next packet", patched({ 3: 13 })],
    ["more blocks than the packet holds", patched({ 0: 0x82 })],
    ["a sender report too short for its sender", Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1)],
    ["an item longer than its chunk", patched({ 61: 200 })],
    ["a second packet cut off", whole.slice(0, -4)],
    [
      "a BYE of more sources than it holds",
      Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1, 0x82, 203, 0, 1, 0, 0, 0, 1),
    ],
  ])("%s is no RTCP", (_, bytes) => {
    expect(parsed(bytes)).toBeUndefined();
  });

  test("bytes never throw, and what is cut short anywhere is refused", () => {
    for (let length = 0; length < whole.length; length++) {
      const cutAtAPacket = length === 52;
      expect(parseRtcp(whole, length) !== undefined, `${length} bytes`).toBe(cutAtAPacket);
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(200, 201),
        fc.nat(4),
        (bytes, type, words) => {
          bytes.set([0x81, type, 0, words].slice(0, bytes.length));
          parsed(bytes);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("padding of the last packet and packets of unknown type are passed over", () => {
  const report = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1);
  const feedback = Uint8Array.of(0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2);
  const bye = Uint8Array.of(0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4);
  expect(parsed(Uint8Array.of(...report, ...feedback, ...bye))?.goodbyes).toEqual([1]);
});

describe("the round trip", () => {
  /** Sent at 0, held by the peer for `heldMs`, back with us at `backMs`. */
  const measured = (heldMs: number, backMs: number, sentMs = WALL_MS) =>
    roundTripMs(sentMs + backMs, {
      ...BLOCK,
      lastSenderReport: middleNtp(sentMs),
      delaySinceLastSenderReport: Math.round(heldMs * 65.536),
    });

  test("is the time until the block came back, without the time the peer held it", () => {
    expect(measured(5000, 5040)).toBeCloseTo(40, 1);
  });

  test("is measured across the wrap of the 16 bits of seconds", () => {
    const wrap = (Math.ceil((WALL_MS / 1000 + 2_208_988_800) / 65_536) * 65_536 - 2_208_988_800) * 1000;
    expect(measured(5000, 5040, wrap - 2000)).toBeCloseTo(40, 1);
  });

  test("is never negative, and unknown while the peer had no report", () => {
    expect(measured(5000, 4990)).toBe(0);
    expect(roundTripMs(WALL_MS, { ...BLOCK, lastSenderReport: 0 })).toBeUndefined();
  });
});

test("the middle of the NTP timestamp is 16 bits of seconds and 16 of fraction", () => {
  // 1970-01-01 00:00:00.5 is NTP second 2208988800 = 0x83AA7E80.
  expect(middleNtp(500)).toBe(0x7e80_8000);
});

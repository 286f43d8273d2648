import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DtmfReceiver, DtmfSender, digitOf, EVENT_LENGTH, eventOf } from "./dtmf.ts";
import { addTimestamp } from "./sequence.ts";

interface Packet {
  readonly payload: Uint8Array;
  readonly timestamp: number;
  readonly marker: boolean;
}

/** The packets of one press as our sender says it. */
function press(event: number, durationTicks: number, timestamp: number): Packet[] {
  const sender = new DtmfSender();
  sender.start(event, durationTicks, timestamp);
  const packets: Packet[] = [];
  while (sender.active) {
    const payload = new Uint8Array(EVENT_LENGTH);
    const marker = sender.marker;
    sender.write(payload, 0);
    packets.push({ payload, timestamp: sender.timestamp, marker });
  }
  return packets;
}

/** One packet by hand. */
function packet(event: number, duration: number, timestamp: number, end = false, marker = false): Packet {
  return {
    payload: Uint8Array.of(event, end ? 0x8a : 10, duration >> 8, duration & 0xff),
    timestamp,
    marker,
  };
}

/** What a receiver reports, packet by packet. */
function reports(packets: readonly Packet[], receiver = new DtmfReceiver()): number[] {
  return packets.map(({ payload, timestamp, marker }) =>
    receiver.accept(payload, 0, payload.length, timestamp, marker),
  );
}

const presses = (packets: readonly Packet[]) => reports(packets).filter((event) => event >= 0);

describe("a press", () => {
  test.each([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])(
    "at timestamp %i is reported at its first packet, once",
    (at) => {
      expect(reports(press(5, 800, at))).toEqual([5, -1, -1, -1, -1, -1, -1]);
    },
  );

  test.each([1, 2, 5, 6])("whose first %i packets are lost is reported at the first that comes", (lost) => {
    const [first, ...rest] = reports(press(11, 800, 3000).slice(lost));
    expect(first).toBe(11);
    expect(rest.every((event) => event === -1)).toBe(true);
  });

  test("of the same key again is another press, though its marker is lost", () => {
    expect(presses([...press(4, 800, 1000), ...press(4, 800, 3000).slice(1)])).toEqual([4, 4]);
  });

  test("of the same key again is another press, though the first one's end is lost", () => {
    expect(presses([...press(4, 800, 1000).slice(0, 3), ...press(4, 800, 3000)])).toEqual([4, 4]);
  });

  test("across the wrap of the timestamp is another press", () => {
    expect(presses([...press(1, 800, 2 ** 32 - 1000), ...press(1, 800, 1000)])).toEqual([1, 1]);
  });

  test("is not reported again by late packets, once the next has begun", () => {
    const first = press(7, 800, 1000);
    const second = press(8, 800, 3000);
    expect(
      presses([...first.slice(0, 4), ...second.slice(0, 2), ...first.slice(4), ...second.slice(2)]),
    ).toEqual([7, 8]);
  });

  test("after the phone restarted its timestamps far below is reported", () => {
    expect(presses([...press(1, 800, 5_000_000), ...press(2, 800, 100)])).toEqual([1, 2]);
  });

  test("of the stream after a reset is reported, wherever its timestamp lies", () => {
    const receiver = new DtmfReceiver();
    reports(press(1, 800, 5000), receiver);
    receiver.reset();
    expect(reports(press(1, 800, 5000), receiver)[0]).toBe(1);
  });
});

describe("a key held so long that its duration runs over", () => {
  const long = [
    packet(9, 160, 1000, false, true),
    packet(9, 65_440, 1000),
    packet(9, 0xffff, 1000),
    packet(9, 160, 1000 + 0xffff),
    packet(9, 320, 1000 + 0xffff),
  ];

  test("is one press over all its segments", () => {
    expect(presses(long)).toEqual([9]);
  });

  test("is one press though the segment's last update is lost", () => {
    expect(presses(long.filter((_, i) => i !== 2))).toEqual([9]);
  });

  test("and released is followed by a new press", () => {
    const released = packet(9, 320, 1000 + 0xffff, true);
    expect(presses([...long, released, packet(9, 160, 1000 + 0xffff + 320 + 160)])).toEqual([9, 9]);
  });

  test("of which a later segment has a marker is a new press", () => {
    expect(presses([...long.slice(0, 3), packet(9, 160, 1000 + 0xffff, false, true)])).toEqual([9, 9]);
  });
});

test("a payload too short to be an event is passed over", () => {
  const receiver = new DtmfReceiver();
  expect(receiver.accept(Uint8Array.of(5, 10, 0), 0, 3, 1000, true)).toBe(-1);
});

test("the payload is read at its offset", () => {
  const receiver = new DtmfReceiver();
  expect(receiver.accept(Uint8Array.of(0, 0, 3, 10, 0, 160), 2, 4, 1000, true)).toBe(3);
});

test("any presses with any packets but one lost, repeated or swapped with the next are each reported once, in order", () => {
  const script = fc.array(
    fc.record({
      event: fc.nat(15),
      gap: fc.integer({ min: 160, max: 8000 }),
      drop: fc.nat(5),
      repeat: fc.nat(6),
      swap: fc.nat(5),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(script, fc.nat(2 ** 32 - 1), (keys, start) => {
      let at = start;
      const packets: Packet[] = [];
      for (const key of keys) {
        const own = press(key.event, 800, at);
        const repeated = own[key.repeat];
        if (repeated !== undefined) own.splice(key.repeat, 0, repeated);
        const swapped = own.splice(key.swap, 1);
        own.splice(key.swap + 1, 0, ...swapped);
        own.splice(key.drop, 1);
        packets.push(...own);
        at = addTimestamp(at, 800 + key.gap);
      }
      expect(presses(packets)).toEqual(keys.map((key) => key.event));
    }),
  );
});

describe("what the sender writes", () => {
  test("is a marker first, growing durations, and the end three times, under one timestamp", () => {
    const packets = press(11, 480, 9000);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false]);
    expect(packets.every(({ timestamp }) => timestamp === 9000)).toBe(true);
    expect(packets.map(({ payload }) => [...payload])).toEqual([
      [11, 10, 0, 160],
      [11, 10, 1, 64],
      [11, 0x8a, 1, 224],
      [11, 0x8a, 1, 224],
      [11, 0x8a, 1, 224],
    ]);
  });

  test("ends: nothing is written after the last packet", () => {
    const sender = new DtmfSender();
    expect(sender.write(new Uint8Array(4), 0)).toBe(0);
    sender.start(1, 160, 0);
    for (let i = 0; i < 3; i++) expect(sender.write(new Uint8Array(4), 0)).toBe(EVENT_LENGTH);
    expect([sender.active, sender.marker, sender.write(new Uint8Array(4), 0)]).toEqual([false, false, 0]);
  });

  test("never has a duration beyond its field", () => {
    const last = press(1, 1_000_000, 0).at(-1);
    expect([...(last?.payload ?? [])]).toEqual([1, 0x8a, 0xff, 0xff]);
  });
});

test("every digit has the event code of RFC 4733, and nothing else has one", () => {
  for (let event = 0; event < 16; event++) expect(eventOf(digitOf(event) ?? "")).toBe(event);
  expect(["0", "9", "*", "#", "A", "d"].map(eventOf)).toEqual([0, 9, 10, 11, 12, 15]);
  expect(["", "E", "12", " "].map(eventOf)).toEqual([undefined, undefined, undefined, undefined]);
  expect([-1, 16, 255].map(digitOf)).toEqual([undefined, undefined, undefined]);
});

import { beforeEach, describe, expect, test } from "vitest";
import { ReceiverStatistics } from "./receiver-statistics.ts";
import { addSequence } from "./sequence.ts";

let statistics: ReceiverStatistics;
beforeEach(() => {
  statistics = new ReceiverStatistics(8000);
});

/** Receives the packets `steps` after `start`, each 20 ms of audio, on time. */
function receive(start: number, steps: readonly number[]): boolean[] {
  return steps.map((step) => statistics.receive(addSequence(start, step), (step * 160) >>> 0, step * 20));
}

const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, i) => from + i);

describe.each([0, 1, 32_767, 32_768, 65_534, 65_535])("a stream that starts at %i", (start) => {
  test("without loss counts what it got", () => {
    receive(start, upTo(100));
    expect([statistics.packets, statistics.expected, statistics.lost]).toEqual([100, 100, 0]);
    expect(statistics.extendedHighestSequence).toBe(start + 99);
  });

  test("counts a gap as loss, and a late packet as found", () => {
    receive(start, [0, 1, 2, 6, 5]);
    expect([statistics.packets, statistics.expected, statistics.lost]).toEqual([5, 7, 2]);
    expect(statistics.extendedHighestSequence).toBe(start + 6);
  });

  test("with more duplicates than losses has a negative loss", () => {
    receive(start, [0, 1, 1, 1]);
    expect(statistics.lost).toBe(-2);
    expect(statistics.takeFractionLost()).toBe(0);
  });

  test("does not count one packet that jumps, but follows two in a row", () => {
    receive(start, upTo(10));
    expect(receive(start, [20_000])).toEqual([false]);
    expect(receive(start, [10])).toEqual([true]);
    expect(receive(start, [40_000, 40_001, 40_002])).toEqual([false, true, true]);
    expect([statistics.packets, statistics.expected, statistics.lost]).toEqual([13, 13, 0]);
  });
});

test("nothing received is nothing expected and nothing lost", () => {
  expect([statistics.packets, statistics.expected, statistics.lost, statistics.jitter]).toEqual([0, 0, 0, 0]);
  expect(statistics.takeFractionLost()).toBe(0);
});

test("a gap as long as the largest dropout is loss", () => {
  expect(receive(0, [0, 3000])).toEqual([true, true]);
  expect(statistics.lost).toBe(2999);
});

test("the fraction lost is that of the interval, not of the whole stream", () => {
  receive(0, [0, 1, 2, 7]);
  expect(statistics.takeFractionLost()).toBe(128);
  receive(0, upTo(12, 8));
  expect(statistics.takeFractionLost()).toBe(0);
  receive(0, [15]);
  expect(statistics.takeFractionLost()).toBe(192);
});

test("another stream of the same peer counts on top, with its loss, and no jitter from between", () => {
  receive(100, [0, 1, 4]);
  statistics.restart();
  receive(50_000, [0, 1, 2]);
  expect([statistics.packets, statistics.expected, statistics.lost]).toEqual([6, 8, 2]);
  expect(statistics.jitter).toBe(0);
});

describe("jitter", () => {
  test("of packets that come like clockwork is zero, over the wrap of the timestamp too", () => {
    for (let i = 0; i < 200; i++) statistics.receive(i, (2 ** 32 - 1600 + i * 160) >>> 0, 5000 + i * 20);
    expect(statistics.jitter).toBe(0);
  });

  test("of packets alternately 5 ms early and late comes to 10 ms, as RFC 3550 A.8 smooths it", () => {
    for (let i = 0; i < 500; i++) statistics.receive(i, i * 160, i * 20 + (i % 2 === 0 ? 5 : -5));
    expect(statistics.jitterMs).toBeGreaterThan(9.8);
    expect(statistics.jitterMs).toBeLessThan(10.1);
    expect(statistics.jitter).toBeGreaterThanOrEqual(78);
  });

  test("takes the sixteenth part of each change", () => {
    statistics.receive(0, 0, 0);
    statistics.receive(1, 160, 40);
    expect(statistics.jitter).toBe(10);
  });

  test("is not moved by a jump of the timestamps", () => {
    statistics.receive(0, 0, 0);
    statistics.receive(1, 1_000_000, 20);
    expect(statistics.jitter).toBe(0);
  });
});

test("the delay since the last sender report counts in 1/65536 s, and is 0 before the first", () => {
  expect([statistics.lastSenderReport, statistics.delaySinceLastSenderReport(500)]).toEqual([0, 0]);
  statistics.senderReport(0xdeadbeef, 1000);
  expect(statistics.lastSenderReport).toBe(0xdeadbeef);
  expect(statistics.delaySinceLastSenderReport(3500)).toBe(163_840);
});

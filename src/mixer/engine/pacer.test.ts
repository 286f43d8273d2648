import { expect, test } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.ts";
import type { Clock } from "../../core/clock.ts";
import { Pacer } from "./pacer.ts";

/** Ticks of a pacer with a period of 20 ms, by the clock's time of each. */
function ticking(clock: Clock): { pacer: Pacer; ticks: number[] } {
  const ticks: number[] = [];
  const pacer = new Pacer(clock, 20, () => ticks.push(clock.now()));
  pacer.start();
  return { pacer, ticks };
}

/** A clock whose timers fire late or early by what `error` says. */
function inexact(clock: ManualClock, error: () => number): Clock {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    after: (ms, fn) => clock.after(Math.max(0, ms + error()), fn),
  };
}

test("it ticks every period from its start until it is stopped, and leaves no timer", () => {
  const clock = new ManualClock();
  const { pacer, ticks } = ticking(clock);
  clock.advance(65);
  pacer.stop();
  clock.advance(100);
  expect(ticks).toEqual([20, 40, 60]);
  expect([pacer.running, clock.pending]).toEqual([false, 0]);
});

test("starting twice starts one", () => {
  const clock = new ManualClock();
  const { pacer, ticks } = ticking(clock);
  pacer.start();
  clock.advance(20);
  expect(ticks).toEqual([20]);
});

test.each([
  ["late by 3 ms", 3],
  ["early by 1 ms", -1],
])("timers that are always %s do not add up", (_, error) => {
  const clock = new ManualClock();
  const { ticks } = ticking(inexact(clock, () => error));
  clock.advance(20_000 + error);
  expect(ticks).toHaveLength(1000);
});

test("a tick that is late by less than a period is made up for at once", () => {
  const clock = new ManualClock();
  const errors = [15, 0];
  const { ticks } = ticking(inexact(clock, () => errors.shift() ?? 0));
  clock.advance(60);
  expect(ticks).toEqual([35, 40, 60]);
});

test("after a stall the sockets go first, then up to five ticks are made up for", () => {
  const clock = new ManualClock();
  const errors = [500];
  const { ticks } = ticking(inexact(clock, () => errors.shift() ?? 0));
  clock.advance(520);
  expect(ticks).toEqual([]);
  clock.advance(1);
  expect(ticks).toEqual([521, 521, 521, 521, 521]);
  clock.advance(40);
  expect(ticks.slice(5)).toEqual([541, 561]);
});

test("a tick may stop its own pacer", () => {
  const clock = new ManualClock();
  const pacer: Pacer = new Pacer(clock, 20, () => pacer.stop());
  pacer.start();
  clock.advance(100);
  expect(clock.pending).toBe(0);
});

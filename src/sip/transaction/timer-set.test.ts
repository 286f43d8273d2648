import { expect, test } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.ts";
import { TimerSet } from "./timer-set.ts";

function setup() {
  const clock = new ManualClock();
  const fired: string[] = [];
  const timers = new TimerSet(clock, ({ timer, ms }) => fired.push(`${timer} ${ms} at ${clock.now()}`));
  return { clock, fired, timers };
}

test("a timer fires once, and says which it is and how long it was", () => {
  const { clock, fired, timers } = setup();
  timers.start("A", 500);
  timers.start("B", 1000);
  clock.advance(5000);
  expect(fired).toEqual(["A 500 at 500", "B 1000 at 1000"]);
});

test("a timer started again counts from then, and does not fire twice", () => {
  const { clock, fired, timers } = setup();
  timers.start("A", 500);
  clock.advance(400);
  timers.start("A", 500);
  clock.advance(5000);
  expect(fired).toEqual(["A 500 at 900"]);
});

test("a stopped timer does not fire, and the others do", () => {
  const { clock, fired, timers } = setup();
  timers.start("A", 500);
  timers.start("B", 500);
  timers.stop("A");
  timers.stop("K");
  clock.advance(5000);
  expect(fired).toEqual(["B 500 at 500"]);
});

test("after close nothing fires and nothing starts", () => {
  const { clock, fired, timers } = setup();
  timers.start("A", 500);
  timers.close();
  timers.start("B", 500);
  expect(clock.pending).toBe(0);
  clock.advance(5000);
  expect(fired).toEqual([]);
});

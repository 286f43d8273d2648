import { beforeEach, describe, expect, test } from "vitest";
import { DepthControl } from "./depth-control.ts";

let control: DepthControl;
let now: number;
beforeEach(() => {
  control = new DepthControl(20);
  now = 0;
});

/** Observes packets of the given slacks, over and over, for `ms`. */
function observe(ms: number, ...slacks: number[]): void {
  const end = now + ms;
  for (let i = 0; now <= end; i++, now += 20) control.observe(slacks[i % slacks.length] ?? 0, now);
}

describe("after a second of packets", () => {
  test.each([
    ["late even once", [-1, 10, 12], 1],
    ["almost late", [1.9, 10], 1],
    ["in time", [2, 24], 0],
    ["a frame and a margin early, but for one", [100, 100, 24.9], 0],
    ["always a frame and the margin early", [25, 40], -1],
    ["always 130 ms early", [130, 150], -6],
  ])("%s (slacks %j) the depth should change by %i frames", (_, slacks, change) => {
    observe(1000, ...slacks);
    expect(control.change).toBe(change);
  });

  test.each([10, 100])("%i ms early nothing was decided before", (slack) => {
    observe(970, slack);
    expect(control.change).toBe(0);
  });
});

test("dropping is decided frame by frame, and what was seen before a drop does not count after it", () => {
  observe(1000, 45);
  expect(control.change).toBe(-2);
  control.dropped(now);
  expect([control.change, control.waitingMs(now + 50)]).toEqual([-1, 50]);
  control.dropped(now);
  expect(control.change).toBe(0);
  observe(1000, 5);
  expect(control.change).toBe(0);
});

test("a gain settles what was to be changed", () => {
  observe(1000, 45);
  control.gained(now);
  expect(control.change).toBe(0);
});

test("drops that are undone at once take longer and longer to be decided, up to 16 s", () => {
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    const before = now;
    while (control.change === 0) observe(0, 30);
    waits.push(Math.round((now - before) / 1000));
    control.dropped(now);
    control.gained(now);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
  control.reset();
  observe(1000, 30);
  expect(control.change).toBe(-1);
});

test("after a calm time drops are decided within a second again", () => {
  observe(1000, 30);
  control.dropped(now);
  control.gained(now);
  observe(5000, 10);
  observe(1020, 30);
  observe(1000, 30);
  expect(control.change).toBe(-1);
});

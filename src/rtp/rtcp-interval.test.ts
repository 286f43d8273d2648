import { expect, test } from "vitest";
import { rtcpIntervalMs } from "./rtcp-interval.ts";

test.each([
  [0, false, 2500],
  [0.5, false, 5000],
  [1, false, 7500],
  [0, true, 1250],
  [1, true, 3750],
])("a random number of %d (initial: %s) gives %i ms", (random, initial, ms) => {
  expect(rtcpIntervalMs(random, initial)).toBe(ms);
});

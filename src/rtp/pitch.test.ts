import { expect, test } from "vitest";
import { pitchPeriod } from "./pitch.ts";

const SEARCH = { window: 160, shortest: 40, longest: 120, stride: 2 };

test("every period in the range is found to the sample", () => {
  for (let period = SEARCH.shortest; period <= SEARCH.longest; period++) {
    // A decaying ring at every beginning of a period; twice the shorter ones recur as well.
    const samples = Float64Array.from({ length: 390 }, (_, n) => {
      const since = n % period;
      return 8000 * Math.exp(-since / 15) * Math.cos(since / 2);
    });
    expect(pitchPeriod(samples, SEARCH) % period, `period of ${period}`).toBe(0);
  }
});

test("in silence and in a constant there is some period in the range", () => {
  for (const level of [0, 8000, -8000]) {
    const period = pitchPeriod(new Float64Array(390).fill(level), SEARCH);
    expect(period).toBeGreaterThanOrEqual(SEARCH.shortest);
    expect(period).toBeLessThanOrEqual(SEARCH.longest);
  }
});

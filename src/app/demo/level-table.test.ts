import { expect, test } from "vitest";
import { isRight, levelTable, type Measured, SPOKEN_DBFS, score } from "./level-table.ts";

const WHISPER = {
  agent: ["customer", "supervisor"],
  customer: ["agent"],
  supervisor: ["agent", "customer"],
} as const;

const heard = SPOKEN_DBFS;
const measured: Measured = {
  agent: { agent: -100, customer: heard, supervisor: heard },
  customer: { agent: heard, customer: -100, supervisor: -100 },
  supervisor: { agent: heard, customer: heard, supervisor: -100 },
};

test.each([
  [SPOKEN_DBFS, true, true],
  [SPOKEN_DBFS - 2.9, true, true],
  [SPOKEN_DBFS - 3.1, true, false],
  [SPOKEN_DBFS + 3.1, true, false],
  [-100, true, false],
  [-100, false, true],
  [-50, false, true],
  [-49, false, false],
  [SPOKEN_DBFS, false, false],
  [Number.NaN, true, false],
  [Number.NaN, false, false],
])("a level of %d where a tone is expected (%s) is right: %s", (level, isExpected, right) => {
  expect(isRight(level, isExpected)).toBe(right);
});

test("the table shows levels beside the matrix", () => {
  expect(levelTable(measured, WHISPER)).toEqual([
    "  hears:            agent   customer supervisor   expected  A C S",
    "  agent                .      -15.0      -15.0              . 1 1",
    "  customer         -15.0          .          .              1 . .",
    "  supervisor       -15.0      -15.0          .              1 1 .",
  ]);
  expect(score(measured, WHISPER)).toEqual({ right: 9, cells: 9 });
});

test("a whisper that leaks to the customer is marked and counted", () => {
  const leak: Measured = { ...measured, customer: { agent: heard, customer: -100, supervisor: -40 } };
  expect(levelTable(leak, WHISPER)[2]).toContain("-40.0!");
  expect(score(leak, WHISPER)).toEqual({ right: 8, cells: 9 });
});

test("a leg that was not measured is wrong in every cell", () => {
  expect(score({}, WHISPER)).toEqual({ right: 0, cells: 9 });
});

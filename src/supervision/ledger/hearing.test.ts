import { expect, test } from "vitest";
import { matrixOf } from "../audio.ts";
import type { Mode } from "../modes.ts";
import { hearingsOf, type Person } from "./hearing.ts";

const PARTIES = [
  { port: "p1", holds: false },
  { port: "p2", holds: false },
] as const;

function supervisor(name: string, mode: Mode): Person {
  return { role: "supervisor", name, supervision: `leg-${name}`, mode, reason: "feature-code" };
}

function hearings(...modes: Mode[]): string[] {
  const people = new Map<string, Person>([
    ["p1", { role: "party", name: "2001" }],
    ["p2", { role: "party", name: "1001" }],
    ...modes.map((mode, i): [string, Person] => [`s${i}`, supervisor(`300${i}`, mode)]),
  ]);
  const supervisions = modes.map((mode, i) => ({ port: `s${i}`, targetPort: "p2", mode, holds: false }));
  return hearingsOf(matrixOf({ parties: PARTIES }, supervisions), people)
    .map((one) => `${one.listener}<${one.speaker} ${one.supervisor} ${one.mode}`)
    .sort();
}

test.each<[string, Mode[], string[]]>([
  ["what the parties say to each other is not under supervision", [], []],
  ["monitor", ["monitor"], ["3000<1001 3000 monitor", "3000<2001 3000 monitor"]],
  ["whisper", ["whisper"], ["1001<3000 3000 whisper", "3000<1001 3000 whisper", "3000<2001 3000 whisper"]],
  [
    "takeover",
    ["takeover"],
    ["1001<3000 3000 takeover", "2001<3000 3000 takeover", "3000<2001 3000 takeover"],
  ],
  [
    "where a supervisor hears another, it is by the mode of the one who speaks",
    ["monitor", "whisper"],
    [
      "1001<3001 3001 whisper",
      "3000<1001 3000 monitor",
      "3000<2001 3000 monitor",
      "3000<3001 3001 whisper",
      "3001<1001 3001 whisper",
      "3001<2001 3001 whisper",
    ],
  ],
])("%s", (_name, modes, expected) => {
  expect(hearings(...modes)).toEqual(expected);
});

test("a gain of zero is no hearing", () => {
  const people = new Map([["s", supervisor("3001", "monitor")]]);
  const rows = [{ listener: "s", hears: [{ speaker: "p1", gainQ8: 0 }] }];
  expect(hearingsOf({ rows }, people)).toEqual([]);
});

test("a port with nobody known behind it is on record under its own name", () => {
  const people = new Map([["s", supervisor("3001", "monitor")]]);
  const rows = [{ listener: "s", hears: [{ speaker: "p9", gainQ8: 256 }] }];
  expect(hearingsOf({ rows }, people)).toMatchObject([{ listener: "3001", speaker: "p9" }]);
});

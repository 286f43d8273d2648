/**
 * Says whether measured levels are what a matrix promises, and shows both beside each other. It knows nothing of calls, and
 * must never take a level for right because it is near: between heard and silent lies a gap that is wrong either way.
 */

export const PEOPLE = ["agent", "customer", "supervisor"] as const;
export type Person = (typeof PEOPLE)[number];

/** Whom each listener hears; who is left out is not on the call. */
export type Expected = Readonly<Partial<Record<Person, readonly Person[]>>>;

/** What each listener was measured to hear of each speaker, dBFS. */
export type Measured = Readonly<Partial<Record<Person, Readonly<Record<Person, number>>>>>;

/** Each speaks a tone of this level. */
export const SPOKEN_DBFS = -15;
/** How far a tone that is heard may be from that: a packet that a busy machine delays costs half a decibel, a mode nothing. */
const TOLERANCE_DB = 3;
/** Nothing that a person could make out beside the others. */
const SILENT_DBFS = -50;

/** Whether one cell of the table is right. */
export function isRight(level: number, isExpected: boolean): boolean {
  return isExpected ? Math.abs(level - SPOKEN_DBFS) <= TOLERANCE_DB : level <= SILENT_DBFS;
}

/** How many cells are right, and how many there are. */
export function score(
  measured: Measured,
  expected: Expected,
): { readonly right: number; readonly cells: number } {
  const cells = PEOPLE.flatMap((listener) => {
    const hears = expected[listener];
    if (hears === undefined) return [];
    return PEOPLE.map((speaker) =>
      isRight(measured[listener]?.[speaker] ?? Number.NaN, hears.includes(speaker)),
    );
  });
  return { right: cells.filter(Boolean).length, cells: cells.length };
}

/** The lines of the table: rows listen, columns speak; a cell that is wrong is marked `!`. */
export function levelTable(measured: Measured, expected: Expected): string[] {
  const lines = [
    `  ${"hears:".padEnd(12)}${PEOPLE.map((name) => name.padStart(11)).join("")}   expected  A C S`,
  ];
  for (const listener of PEOPLE) {
    const hears = expected[listener];
    if (hears === undefined) continue;
    const cells = PEOPLE.map((speaker) => {
      const level = measured[listener]?.[speaker] ?? Number.NaN;
      const shown = level <= SILENT_DBFS ? "." : level.toFixed(1);
      return `${shown}${isRight(level, hears.includes(speaker)) ? " " : "!"}`.padStart(11);
    });
    const row = PEOPLE.map((speaker) => (hears.includes(speaker) ? "1" : ".")).join(" ");
    lines.push(`  ${listener.padEnd(12)}${cells.join("")}             ${row}`);
  }
  return lines;
}

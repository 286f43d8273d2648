import type { FailureCode } from "../../core/failure.ts";

/** Where in the file: keys and list indices from the top. */
export type Path = readonly (string | number)[];

/** One thing wrong with a configuration, before it is given a file and line. */
export interface Issue {
  readonly code: FailureCode;
  readonly path: Path;
  /** What was expected, and what to do. */
  readonly text: string;
}

/** `users[2].role`, as messages show it; the whole file is "(top)". */
export function showPath(path: Path): string {
  let shown = "";
  for (const step of path) {
    if (typeof step === "number") shown += `[${step}]`;
    else shown += shown === "" ? step : `.${step}`;
  }
  return shown === "" ? "(top)" : shown;
}

/** The `; did you mean "role"?` of a misspelt word, or "" where nothing known is near. */
export function suggestion(word: string, known: Iterable<string>): string {
  let best = "";
  // A third of the word may be wrong: "agnet" finds "agent", "x" finds nothing.
  let bestDistance = Math.floor(word.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === "" ? "" : `; did you mean "${best}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

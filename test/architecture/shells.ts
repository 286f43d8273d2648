/**
 * The shells: files (or whole folders, ending in "/") that do I/O, keep time or log, with the reason each may.
 * Every other file under src/ is pure. A shell decides nothing; before adding a row, see whether the decision in
 * the file can move to a pure neighbour.
 */
export const SHELLS: Readonly<Record<string, string>> = {
  "src/core/clock.ts": "is the machine's clock",
  "src/core/emitter.ts": "logs the bug that a listener threw",
  "src/app/": "composes the shells, reads files and the environment, is the command line",
  "src/store/": "is SQLite",
};

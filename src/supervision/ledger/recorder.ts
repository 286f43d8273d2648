import type { Clock } from "../../core/clock.ts";
import type { Failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Matrix } from "../../mixer/matrix.ts";
import type { Draft, Entry } from "./chain.ts";
import { type Hearing, hearingsOf, type People } from "./hearing.ts";

/** Where hearings are put on record. Synchronous, so that a record stands before its audio flows. */
export interface Ledger {
  /** Why nothing can be written now (`supervision.not-recordable`); undefined when it can. */
  check(): Failure | undefined;
  /** Appends all drafts or none. Errors: `supervision.not-recordable`. */
  append(drafts: readonly Draft[]): Result<readonly Entry[], Failure>;
}

/** An interval whose end is not yet on record. */
interface Interval {
  readonly call: string;
  readonly key: string;
  readonly entry: Entry;
  /** Set once it is over but the ledger could not yet be told. */
  until?: number;
}

/** Turns the matrices of all calls, as they come into force, into the intervals of the ledger. */
export class Recorder {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #intervals: Interval[] = [];

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /**
   * To be asked before `matrix` comes into force for `call`. On an error nothing of it is on record, so nobody may hear a
   * supervisor or be heard by one; hearings that went on until now count as over, and their ends are written as soon as
   * the ledger can be again.
   */
  record(call: string, matrix: Matrix, people: People): Result<void, Failure> {
    const now = this.#clock.wallNow();
    const hearings = hearingsOf(matrix, people);
    const known = new Set<string>();
    for (const interval of this.#intervals) {
      if (interval.call !== call || interval.until !== undefined) continue;
      if (hearings.some((hearing) => hearing.key === interval.key)) known.add(interval.key);
      else interval.until = now;
    }
    const begun = hearings.filter((hearing) => !known.has(hearing.key));
    const ended = this.#intervals.filter((interval) => interval.until !== undefined);
    if (begun.length === 0 && ended.length === 0) return ok(undefined);

    const drafts = [...ended.map(closing), ...begun.map((hearing) => opening(call, hearing, now))];
    const appended = this.#ledger.append(drafts);
    if (!appended.ok) {
      for (const interval of this.#intervals) if (interval.call === call) interval.until ??= now;
      // Where only an end could not be written nothing new is heard, but the ledger is not to be trusted with the rest either.
      return err(appended.error);
    }
    const opened = appended.value.slice(ended.length);
    this.#intervals = [
      ...this.#intervals.filter((interval) => interval.until === undefined),
      ...begun.flatMap((hearing, i) => {
        const entry = opened[i];
        return entry === undefined ? [] : [{ call, key: hearing.key, entry }];
      }),
    ];
    return ok(undefined);
  }
}

function opening(call: string, hearing: Hearing, from: number): Draft {
  const { listener, speaker, supervisor, supervision, mode, reason } = hearing;
  return {
    event: "opened",
    opened: null,
    from,
    until: null,
    call,
    supervision,
    supervisor,
    listener,
    speaker,
    mode,
    reason,
  };
}

function closing(interval: Interval): Draft {
  const { sequence, hash: _hash, previousHash: _previous, ...draft } = interval.entry;
  return { ...draft, event: "closed", opened: sequence, until: interval.until ?? draft.from };
}

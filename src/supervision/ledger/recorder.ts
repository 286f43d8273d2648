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
   * the ledger can be again. A matrix that changes nothing about who hears whom is not affected by a ledger that fails.
   */
  record(call: string, matrix: Matrix, people: People): Result<void, Failure> {
    const now = this.#clock.wallNow();
    const hearings = hearingsOf(matrix, people);
    const ongoing = this.#intervals.filter((one) => one.call === call && one.until === undefined);
    const over = ongoing.filter((one) => !hearings.some((hearing) => hearing.key === one.key));
    const begun = hearings.filter((hearing) => !ongoing.some((one) => one.key === hearing.key));
    for (const interval of over) interval.until = now;
    const ended = this.#intervals.filter((one) => one.until !== undefined);
    if (ended.length === 0 && begun.length === 0) return ok(undefined);

    const appended = this.#ledger.append([
      ...ended.map(closing),
      ...begun.map((hearing) => opening(call, hearing, now)),
    ]);
    if (!appended.ok) {
      // Only ends of before are still unwritten: this call has nothing to do with them.
      if (over.length === 0 && begun.length === 0) return ok(undefined);
      for (const interval of ongoing) interval.until ??= now;
      return err(appended.error);
    }
    const opened = begun.flatMap(({ key }, i): Interval[] => {
      const entry = appended.value[ended.length + i];
      return entry === undefined ? [] : [{ call, key, entry }];
    });
    this.#intervals = [...this.#intervals.filter((one) => one.until === undefined), ...opened];
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

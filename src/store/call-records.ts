import type { StatementSync } from "node:sqlite";
import type { Failure } from "../core/failure.ts";
import type { Result } from "../core/result.ts";
import type { Database } from "./database.ts";

/** What is kept of a call that is over. Times are wall-clock milliseconds (UTC). */
export interface CallRecord {
  readonly id: string;
  /** What a display shows of the two parties. */
  readonly caller: string;
  readonly callee: string;
  readonly startedAt: number;
  /** Null for a call that nobody answered. */
  readonly answeredAt: number | null;
  readonly endedAt: number;
  /** Why it ended, for people. */
  readonly cause: string;
}

/** The records of ended calls. */
export interface CallRecords {
  /** Keeps a record; one with the same id is replaced. Errors: `store.unusable`. */
  add(record: CallRecord): Result<void, Failure>;
  /** At most `limit` records, the call that ended last first. Errors: `store.unusable`. */
  latest(limit: number): Result<readonly CallRecord[], Failure>;
}

/** Opens the call records of a database. Errors: `store.unusable`. */
export function openCallRecords(database: Database): Result<CallRecords, Failure> {
  return database.run((connection) => {
    const insert = connection.prepare("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)");
    const latest = connection.prepare(
      `SELECT id, caller, callee, started_at AS startedAt, answered_at AS answeredAt, ended_at AS endedAt, cause
       FROM calls ORDER BY ended_at DESC, rowid DESC LIMIT ?`,
    );
    return new SqliteCallRecords(database, insert, latest);
  });
}

class SqliteCallRecords implements CallRecords {
  readonly #database: Database;
  readonly #insert: StatementSync;
  readonly #latest: StatementSync;

  constructor(database: Database, insert: StatementSync, latest: StatementSync) {
    this.#database = database;
    this.#insert = insert;
    this.#latest = latest;
  }

  add({ id, caller, callee, startedAt, answeredAt, endedAt, cause }: CallRecord): Result<void, Failure> {
    return this.#database.transaction(() => {
      this.#insert.run(id, caller, callee, startedAt, answeredAt, endedAt, cause);
    });
  }

  latest(limit: number): Result<readonly CallRecord[], Failure> {
    // The columns are the fields of a record.
    return this.#database.run(() => this.#latest.all(limit) as unknown as CallRecord[]);
  }
}

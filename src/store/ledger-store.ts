import { createHash } from "node:crypto";
import type { StatementSync } from "node:sqlite";
import { type Failure, failure, messageOf } from "../core/failure.ts";
import { err, type Result } from "../core/result.ts";
import { chain, type Draft, type Entry, GENESIS, type Head, verify } from "../supervision/ledger/chain.ts";
import type { Ledger } from "../supervision/ledger/recorder.ts";
import type { Database } from "./database.ts";

/** The ledger in the database: appended to by the supervision desk, read and verified by whoever asks. */
export interface LedgerStore extends Ledger {
  /** Every entry from the first, or those of one call. Errors: `store.unusable`. */
  read(call?: string): Result<readonly Entry[], Failure>;
  /** Follows the whole chain; its head, kept elsewhere, shows later that nothing was cut off. Errors: `ledger.broken`, `store.unusable`. */
  verify(): Result<Head, Failure>;
}

/** Opens the ledger of a database. Errors: `store.unusable`. */
export function openLedger(database: Database): Result<LedgerStore, Failure> {
  return database.run((connection) => {
    const statements: Statements = {
      head: connection.prepare("SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1"),
      insert: connection.prepare("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      all: connection.prepare(`${SELECT} ORDER BY sequence`),
      ofCall: connection.prepare(`${SELECT} WHERE call = ? ORDER BY sequence`),
    };
    return new SqliteLedger(database, statements);
  });
}

const SELECT = `SELECT sequence, previous_hash AS previousHash, event, opened, from_ms AS "from", until_ms AS until,
  call, supervision, supervisor, listener, speaker, mode, reason, hash FROM ledger`;

interface Statements {
  readonly head: StatementSync;
  readonly insert: StatementSync;
  readonly all: StatementSync;
  readonly ofCall: StatementSync;
}

class SqliteLedger implements LedgerStore {
  readonly #database: Database;
  readonly #statements: Statements;

  constructor(database: Database, statements: Statements) {
    this.#database = database;
    this.#statements = statements;
  }

  check(): Failure | undefined {
    // Taking the write lock is what a full test can do without leaving a trace.
    const checked = this.#database.transaction(() => undefined);
    return checked.ok ? undefined : notRecordable(checked.error);
  }

  append(drafts: readonly Draft[]): Result<readonly Entry[], Failure> {
    const appended = this.#database.transaction(() => {
      // Read within the transaction, so that no second writer can hang its entries on the same head.
      const head = (this.#statements.head.get() as Head | undefined) ?? GENESIS;
      const entries = chain(head, drafts, sha256);
      for (const entry of entries) this.#insert(entry);
      return entries;
    });
    return appended.ok ? appended : err(notRecordable(appended.error));
  }

  read(call?: string): Result<readonly Entry[], Failure> {
    const { all, ofCall } = this.#statements;
    // The columns are the fields of an entry, and nobody else writes them; whoever doubts that calls `verify`.
    return this.#database.run(
      () => (call === undefined ? all.all() : ofCall.all(call)) as unknown as Entry[],
    );
  }

  verify(): Result<Head, Failure> {
    const verified = this.#database.run(() =>
      verify(this.#statements.all.iterate() as Iterable<unknown> as Iterable<Entry>, sha256),
    );
    return verified.ok ? verified.value : verified;
  }

  #insert(entry: Entry): void {
    const { sequence, previousHash, event, opened, from, until, call, hash } = entry;
    const { supervision, supervisor, listener, speaker, mode, reason } = entry;
    this.#statements.insert.run(
      ...[sequence, previousHash, event, opened, from, until, call],
      ...[supervision, supervisor, listener, speaker, mode, reason, hash],
    );
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function notRecordable(cause: Failure): Failure {
  return failure("supervision.not-recordable", messageOf(cause));
}

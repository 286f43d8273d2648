import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Failure, failure } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import { MIGRATIONS } from "./migrations.ts";

/**
 * How long a statement waits for another process's lock, ms. Statements run on the thread that does the signalling: a
 * tenth of a second is noticed by nobody, and what cannot be written by then has failed.
 */
const BUSY_TIMEOUT_MS = 100;

/** An open database file. What SQLite refuses comes back as `store.unusable`, with the path and SQLite's reason. */
export class Database {
  readonly path: string;
  readonly #connection: DatabaseSync;

  /** Use `openDatabase`, which brings the schema up to date. */
  constructor(path: string, connection: DatabaseSync) {
    this.path = path;
    this.#connection = connection;
  }

  /** Runs `work` outside a transaction: for reading and preparing statements. */
  run<T>(work: (connection: DatabaseSync) => T): Result<T, Failure> {
    if (!this.#connection.isOpen) return err(unusable(this.path, "it is closed"));
    return attempt(this.path, () => work(this.#connection));
  }

  /** Runs `work` in a transaction that holds the write lock from the start: all of it is written, or nothing. */
  transaction<T>(work: (connection: DatabaseSync) => T): Result<T, Failure> {
    return this.run((connection) => {
      connection.exec("BEGIN IMMEDIATE");
      try {
        const value = work(connection);
        connection.exec("COMMIT");
        return value;
      } catch (error) {
        if (connection.isTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Closes the file; safe to call twice. */
  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }
}

/**
 * Opens the database, makes its folder and file where there is none, and brings its schema up to date. `:memory:` keeps
 * everything in memory. Errors: `store.unusable`, also for a schema that a newer version of the server has written.
 */
export function openDatabase(path: string): Result<Database, Failure> {
  const opened = attempt(path, () => {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  });
  if (!opened.ok) return opened;

  const database = new Database(path, opened.value);
  const ready = database.run((connection) => {
    // With WAL readers never wait; FULL because a ledger entry must outlive a power cut once its audio flows.
    connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  });
  const migrated = ready.ok ? migrate(database) : ready;
  if (migrated.ok) return ok(database);
  database.close();
  return migrated;
}

/** Applies what the file's `user_version` has not seen yet, all or nothing. */
function migrate(database: Database): Result<void, Failure> {
  const version = database.transaction((connection) => {
    const found = Number(connection.prepare("PRAGMA user_version").get()?.["user_version"]);
    for (const sql of MIGRATIONS.slice(found)) connection.exec(sql);
    if (found < MIGRATIONS.length) connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    return found;
  });
  if (!version.ok) return version;
  if (version.value <= MIGRATIONS.length) return ok(undefined);
  const reason = `its schema ${version.value} is newer than ${MIGRATIONS.length}, which this version knows: update Floorwalker`;
  return err(unusable(database.path, reason));
}

function attempt<T>(path: string, work: () => T): Result<T, Failure> {
  try {
    return ok(work());
  } catch (error) {
    if (isExpected(error)) return err(unusable(path, error.message));
    throw error;
  }
}

/** What SQLite or the file system refuses is expected; everything else is a bug. */
function isExpected(error: unknown): error is Error {
  return error instanceof Error && ("errcode" in error || "syscall" in error);
}

function unusable(path: string, reason: string): Failure {
  return failure("store.unusable", `${path}: ${reason}`);
}

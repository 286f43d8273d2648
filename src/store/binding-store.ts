import type { SQLOutputValue, StatementSync } from "node:sqlite";
import type { Failure } from "../core/failure.ts";
import { ok, type Result } from "../core/result.ts";
import type { Binding, BindingStore } from "../sip/registrar/types.ts";
import type { Database } from "./database.ts";

/**
 * The registrar's bindings, surviving a restart. Reading is from memory, which a call set-up does often; every change goes
 * to the file first. A flow lives no longer than the process: it is kept in memory and left out of the file.
 * Errors: `store.unusable`.
 */
export function openBindingStore(database: Database): Result<BindingStore, Failure> {
  return database.run((connection) => {
    const statements: Statements = {
      insert: connection.prepare("INSERT INTO bindings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      removeAor: connection.prepare("DELETE FROM bindings WHERE aor = ?"),
      removeExpired: connection.prepare("DELETE FROM bindings WHERE expires_at <= ?"),
    };
    const stored = new Map<string, readonly Binding[]>();
    for (const row of connection.prepare("SELECT * FROM bindings ORDER BY aor, position").iterate()) {
      const aor = text(row["aor"]);
      stored.set(aor, [...(stored.get(aor) ?? []), bindingOf(row)]);
    }
    return new SqliteBindingStore(database, statements, stored);
  });
}

type Source = Binding["source"];

interface Statements {
  readonly insert: StatementSync;
  readonly removeAor: StatementSync;
  readonly removeExpired: StatementSync;
}

class SqliteBindingStore implements BindingStore {
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #bindings: Map<string, readonly Binding[]>;

  constructor(database: Database, statements: Statements, stored: Map<string, readonly Binding[]>) {
    this.#database = database;
    this.#statements = statements;
    this.#bindings = stored;
  }

  bindings(aor: string): readonly Binding[] {
    return this.#bindings.get(aor) ?? [];
  }

  replace(aor: string, bindings: readonly Binding[]): Result<void, Failure> {
    const written = this.#database.transaction(() => {
      this.#statements.removeAor.run(aor);
      bindings.forEach((binding, position) => {
        const { contact, source, expiresAt, callId, cseq, q, userAgent = null, instance = null } = binding;
        const { transport, host, port } = source;
        this.#statements.insert.run(
          ...[aor, position, contact, transport, host, port],
          ...[expiresAt, callId, cseq, q, userAgent, instance],
        );
      });
    });
    if (written.ok) this.#remember(aor, bindings);
    return written;
  }

  all(): readonly (readonly [aor: string, bindings: readonly Binding[]])[] {
    return [...this.#bindings];
  }

  removeExpired(wallNow: number): Result<number, Failure> {
    const expired = (binding: Binding) => binding.expiresAt <= wallNow;
    const affected = this.all().filter(([, bindings]) => bindings.some(expired));
    if (affected.length === 0) return ok(0);
    const removed = this.#database.transaction(() =>
      Number(this.#statements.removeExpired.run(wallNow).changes),
    );
    if (removed.ok) {
      for (const [aor, bindings] of affected)
        this.#remember(
          aor,
          bindings.filter((one) => !expired(one)),
        );
    }
    return removed;
  }

  #remember(aor: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#bindings.delete(aor);
    else this.#bindings.set(aor, bindings);
  }
}

function bindingOf(row: Record<string, SQLOutputValue>): Binding {
  const source: Source = {
    // The table checks it.
    transport: text(row["transport"]) as Source["transport"],
    host: text(row["host"]),
    port: Number(row["port"]),
  };
  return {
    contact: text(row["contact"]),
    source,
    expiresAt: Number(row["expires_at"]),
    callId: text(row["call_id"]),
    cseq: Number(row["cseq"]),
    q: Number(row["q"]),
    ...(row["user_agent"] === null ? {} : { userAgent: text(row["user_agent"]) }),
    ...(row["instance"] === null ? {} : { instance: text(row["instance"]) }),
  };
}

function text(value: SQLOutputValue | undefined): string {
  return String(value);
}

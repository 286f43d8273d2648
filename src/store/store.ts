import type { Failure } from "../core/failure.ts";
import { ok, type Result } from "../core/result.ts";
import type { BindingStore } from "../sip/registrar/types.ts";
import { openBindingStore } from "./binding-store.ts";
import { type CallRecords, openCallRecords } from "./call-records.ts";
import { type Database, openDatabase } from "./database.ts";
import { type LedgerStore, openLedger } from "./ledger-store.ts";

/** Everything the server keeps across a restart, in one database file. */
export interface Store {
  readonly bindings: BindingStore;
  readonly ledger: LedgerStore;
  readonly callRecords: CallRecords;
  /** Closes the file; safe to call twice. What is asked of the store afterwards fails as a value. */
  close(): void;
}

/** Opens the database at `path` (see `openDatabase`) with all it holds. Errors: `store.unusable`. */
export function openStore(path: string): Result<Store, Failure> {
  const database = openDatabase(path);
  if (!database.ok) return database;
  const store = storeIn(database.value);
  if (!store.ok) database.value.close();
  return store;
}

function storeIn(database: Database): Result<Store, Failure> {
  const bindings = openBindingStore(database);
  if (!bindings.ok) return bindings;
  const ledger = openLedger(database);
  if (!ledger.ok) return ledger;
  const callRecords = openCallRecords(database);
  if (!callRecords.ok) return callRecords;
  return ok({
    bindings: bindings.value,
    ledger: ledger.value,
    callRecords: callRecords.value,
    close: () => database.close(),
  });
}

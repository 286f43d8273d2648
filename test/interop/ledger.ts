import { messageOf } from "../../src/core/failure.ts";
import { openStore } from "../../src/store/store.ts";
import type { Entry } from "../../src/supervision/ledger/chain.ts";

/** The ledger of a database that no server has open; throws where it cannot be read or its chain is broken. */
export function readLedger(path: string): readonly Entry[] {
  const store = openStore(path);
  if (!store.ok) throw new Error(messageOf(store.error));
  const { ledger } = store.value;
  const verified = ledger.verify();
  const entries = ledger.read();
  store.value.close();
  if (!verified.ok) throw new Error(messageOf(verified.error));
  if (!entries.ok) throw new Error(messageOf(entries.error));
  return entries.value;
}

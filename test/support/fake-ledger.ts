import { type Failure, failure } from "../../src/core/failure.ts";
import { err, ok, type Result } from "../../src/core/result.ts";
import { chain, type Draft, type Entry, GENESIS } from "../../src/supervision/ledger/chain.ts";
import type { Ledger } from "../../src/supervision/ledger/recorder.ts";

/** A ledger in memory that a test can make unwritable. */
export class FakeLedger implements Ledger {
  entries: readonly Entry[] = [];
  writable = true;

  check(): Failure | undefined {
    return this.writable ? undefined : failure("supervision.not-recordable");
  }

  append(drafts: readonly Draft[]): Result<readonly Entry[], Failure> {
    if (!this.writable) return err(failure("supervision.not-recordable"));
    const added = chain(this.entries.at(-1) ?? GENESIS, drafts, (text) => `hash of ${text.length}`);
    this.entries = [...this.entries, ...added];
    return ok(added);
  }

  /** "opened 1001<3001 whisper" for each entry: who hears whom. */
  get lines(): readonly string[] {
    return this.entries.map((one) => `${one.event} ${one.listener}<${one.speaker} ${one.mode}`);
  }

  /** The same without the event, for the intervals still open. */
  get open(): readonly string[] {
    const closed = new Set(this.entries.map((one) => one.opened));
    return this.entries
      .filter((one) => one.event === "opened" && !closed.has(one.sequence))
      .map((one) => `${one.listener}<${one.speaker} ${one.mode}`);
  }
}

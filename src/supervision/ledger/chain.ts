/**
 * The hash chain of the ledger: each entry carries the hash of the one before and its own, over a serialisation fixed here.
 * So no entry can be changed, removed or put between two others without breaking every hash behind it. What a chain alone
 * cannot show is that its end was cut off: keep the `head` of a verification elsewhere and compare. The hash is injected.
 */

import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Mode } from "../modes.ts";
import type { Way } from "../supervision.ts";

/** One person begins or ceases to hear another under supervision: an entry before it gets its place in the chain. */
export interface Draft {
  /** `opened` is written before the audio flows, so that an interval is on record even after a crash. */
  readonly event: "opened" | "closed";
  /** Of a `closed`: the sequence of the `opened` it ends. Null for an `opened`. */
  readonly opened: number | null;
  /** Wall-clock milliseconds (UTC) of the interval's beginning. */
  readonly from: number;
  /** Wall-clock milliseconds (UTC) of the interval's end; null for an `opened`. */
  readonly until: number | null;
  readonly call: string;
  readonly supervision: string;
  /** Extension of the supervisor under whose supervision it happened. */
  readonly supervisor: string;
  /** Who heard. */
  readonly listener: string;
  /** Whom. */
  readonly speaker: string;
  readonly mode: Mode;
  /** What brought the supervision into this mode. */
  readonly reason: Way;
}

/** A draft in its place in the chain. */
export interface Entry extends Draft {
  /** 1 for the first, then without a gap. */
  readonly sequence: number;
  /** `hash` of the entry before; `GENESIS` for the first. */
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of a chain: what the next entry hangs on. */
export type Head = Pick<Entry, "sequence" | "hash">;

/** A cryptographic hash of a text (SHA-256 in hexadecimal). */
export type Hash = (text: string) => string;

/** What the first entry of every ledger hangs on. */
export const GENESIS: Head = { sequence: 0, hash: "0".repeat(64) };

/** Puts drafts behind `head`, in their order. */
export function chain(head: Head, drafts: readonly Draft[], hash: Hash): readonly Entry[] {
  const entries: Entry[] = [];
  let { sequence, hash: previousHash } = head;
  for (const draft of drafts) {
    sequence += 1;
    const own = hash(canonical(draft, sequence, previousHash));
    entries.push({ ...draft, sequence, previousHash, hash: own });
    previousHash = own;
  }
  return entries;
}

/**
 * Follows a whole ledger from its first entry and returns its head. Errors: `ledger.broken`, naming the first entry that
 * is not what was written.
 */
export function verify(entries: Iterable<Entry>, hash: Hash): Result<Head, Failure> {
  let head = GENESIS;
  for (const entry of entries) {
    const expected = head.sequence + 1;
    if (entry.sequence !== expected) return broken(`entry ${expected} is missing`);
    if (entry.previousHash !== head.hash)
      return broken(`entry ${entry.sequence} does not follow the one before`);
    if (entry.hash !== hash(canonical(entry, entry.sequence, entry.previousHash))) {
      return broken(`entry ${entry.sequence} was changed`);
    }
    head = { sequence: entry.sequence, hash: entry.hash };
  }
  return ok(head);
}

/** The text that is hashed: an array, so that no field can run into the next. Its order must never change. */
function canonical(draft: Draft, sequence: number, previousHash: string): string {
  return JSON.stringify([
    sequence,
    previousHash,
    draft.event,
    draft.opened,
    draft.from,
    draft.until,
    draft.call,
    draft.supervision,
    draft.supervisor,
    draft.listener,
    draft.speaker,
    draft.mode,
    draft.reason,
  ]);
}

function broken(detail: string): Result<never, Failure> {
  return err(failure("ledger.broken", detail));
}

import type { Clock } from "../../core/clock.ts";
import type { NameAddr } from "../message/message.ts";
import type { TimerValues } from "../transaction/timers.ts";
import type { ServerTransaction, TransactionLayer } from "../transaction/types.ts";
import type { Destination } from "../transport/types.ts";

/** An INVITE that a CANCEL may still move. */
export interface Cancellable {
  /** The tag of our end: the answer to the CANCEL carries the same (RFC 3261 §9.2). */
  readonly localTag: string;
  cancel(reason: string | undefined): void;
}

/** What the sessions of one user agent stand on. */
export interface Ground {
  readonly transactions: TransactionLayer;
  readonly clock: Clock;
  /** A fresh token that nobody can guess: a tag or Call-ID. */
  readonly token: () => string;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
  readonly timers: TimerValues;
  readonly product: string;
  /** Where a peer at `to` reaches us: what we put into Contact, with the user part of our own address. */
  readonly contact: (to: Destination, user: string | undefined) => NameAddr;
  /** The INVITEs that we answer: what a CANCEL looks up. */
  readonly answering: WeakMap<ServerTransaction, Cancellable>;
}

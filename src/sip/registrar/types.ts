import type { Failure } from "../../core/failure.ts";
import type { Result } from "../../core/result.ts";
import type { Destination } from "../transport/types.ts";

/** One way to reach an address-of-record (RFC 3261 §10): what a phone registered, and where its REGISTER came from. */
export interface Binding {
  /** The Contact URI as text, without angle brackets and header parameters: the Request-URI of a call to it. */
  readonly contact: string;
  /**
   * Where calls to this binding go: the source of its REGISTER, whatever the contact says, so that they pass its NAT.
   * `flow` means something only within the process that received the REGISTER: a store that outlives it leaves it out.
   */
  readonly source: Destination;
  /** Wall-clock milliseconds (UTC) from which the binding is void. */
  readonly expiresAt: number;
  /** Call-ID and CSeq of the REGISTER that last wrote it: an older one of the same Call-ID may not (RFC 3261 §10.3). */
  readonly callId: string;
  readonly cseq: number;
  /** Preference, 0 to 1; 1 where the phone gave none. */
  readonly q: number;
  /** User-Agent of the REGISTER. */
  readonly userAgent?: string;
  /** `+sip.instance` of the Contact (RFC 5626), a URN in angle brackets. */
  readonly instance?: string;
}

/**
 * Where bindings live. Synchronous, so that a decision and its writing cannot be torn apart. Addresses-of-record are
 * opaque keys here. Expiry is the caller's to judge: a store returns what was put in until it is replaced or removed.
 */
export interface BindingStore {
  /** The bindings of an address-of-record in the order they were put; empty where it is unknown. */
  bindings(aor: string): readonly Binding[];
  /** Puts these bindings in the place of all the former, entirely or not at all; an empty list removes the address. */
  replace(aor: string, bindings: readonly Binding[]): Result<void, Failure>;
  /** Every address-of-record that has a binding, with its bindings. */
  all(): readonly (readonly [aor: string, bindings: readonly Binding[]])[];
  /** Removes bindings whose `expiresAt` is not after `wallNow` (milliseconds, UTC); returns how many. */
  removeExpired(wallNow: number): Result<number, Failure>;
}

/**
 * The names and lengths of the transaction timers (RFC 3261 §17 table 4, RFC 6026 §7.3). Numbers only: nothing here
 * starts a timer.
 */

/**
 * A to K are RFC 3261's (C belongs to proxies and is not here), L and M RFC 6026's. `cancel` is the wait for the
 * final response of an INVITE after its CANCEL, which RFC 3261 §9.1 demands without giving it a letter.
 */
export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M" | "cancel";

/** The three values that all timers are computed from, in milliseconds. */
export interface TimerValues {
  /** Estimate of the round-trip time. */
  readonly t1: number;
  /** The longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2: number;
  /** How long a message may stay in the network. */
  readonly t4: number;
}

export const DEFAULT_TIMERS: TimerValues = { t1: 500, t2: 4000, t4: 5000 };

/** What a machine must know of its surroundings. */
export interface Conditions {
  /** Whether the transport delivers by itself (TCP, TLS): nothing is retransmitted then, and nothing waited for. */
  readonly reliable: boolean;
  readonly timers: TimerValues;
}

/**
 * 64*T1: the length of B, F, H, L, M, and of the wait after CANCEL; of D and J too, over UDP.
 * With the default T1 it is the 32 s that RFC 3261 §17.1.1.2 demands of Timer D.
 */
export function timeoutMs(timers: TimerValues): number {
  return 64 * timers.t1;
}

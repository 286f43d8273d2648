/**
 * The vocabulary the four transaction machines share: what can happen to one, and what it can ask for.
 * Types only; each machine obeys RFC 3261 §17 as amended by RFC 6026 in its own file.
 */
import type { Conditions, TimerName } from "./timers.ts";

/** A timer ran out. `ms` is the length it was started with, so that a doubling timer needs no memory in the state. */
export interface TimerFired {
  readonly type: "timer";
  readonly timer: TimerName;
  readonly ms: number;
}

/** Start (or stop) a timer. The end of a transaction stops all that still run. */
export type TimerEffect =
  | { readonly type: "start-timer"; readonly timer: TimerName; readonly ms: number }
  | { readonly type: "cancel-timer"; readonly timer: TimerName };

export type ClientEvent =
  | { readonly type: "start" }
  | { readonly type: "response"; readonly status: number }
  /** The user wants it cancelled: a CANCEL goes out if anything is done at all. */
  | { readonly type: "cancel" }
  | { readonly type: "transport-error" }
  | TimerFired;

/** `to-user` always comes last: the user may call the transaction again from within. */
export type ClientEffect =
  | { readonly type: "send-request" }
  | { readonly type: "send-ack" }
  | { readonly type: "to-user"; readonly what: "response" | "timeout" | "transport-error" }
  | TimerEffect;

export type ServerEvent =
  /** The request that began the transaction, or a retransmission of it. */
  | { readonly type: "request" }
  | { readonly type: "ack" }
  /** The user answers. */
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "transport-error" }
  | TimerFired;

/** `to-user` always comes last: the user may answer from within. */
export type ServerEffect =
  | { readonly type: "send-trying" }
  /** Send the response that the event brought. */
  | { readonly type: "send-response" }
  /** Send the latest response once more. */
  | { readonly type: "resend-response" }
  | { readonly type: "to-user"; readonly what: "request" | "ack" | "timeout" | "transport-error" }
  | TimerEffect;

/** The next state, and what is to be done in this order. */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** Moves to `state`, or stays in it. */
export function to<State, Effect>(state: State, ...effects: readonly Effect[]): Step<State, Effect> {
  return { state, effects };
}

/** The effect that starts a timer. */
export function start(timer: TimerName, ms: number): TimerEffect {
  return { type: "start-timer", timer, ms };
}

/** The effect that stops a timer, whether or not it runs. */
export function stop(timer: TimerName): TimerEffect {
  return { type: "cancel-timer", timer };
}

/** A machine at work: each call is one step, and tells whether the transaction is over. */
export type Machine<Event, Effect> = (event: Event) => {
  readonly over: boolean;
  readonly effects: readonly Effect[];
};

/** Sets a machine going under fixed conditions; what it returns remembers the state. */
export function machine<State extends string, Event, Effect>(
  step: (state: State, event: Event, conditions: Conditions) => Step<State, Effect>,
  initial: NoInfer<State>,
  conditions: Conditions,
): Machine<Event, Effect> {
  let state: State = initial;
  return (event) => {
    const next = step(state, event, conditions);
    state = next.state;
    return { over: state === "terminated", effects: next.effects };
  };
}

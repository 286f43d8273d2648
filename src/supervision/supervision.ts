/**
 * One supervision as a state machine: a supervisor's leg that is being answered, attached to its target's call, waiting for
 * the target's next call, or ended. Every arc that makes somebody audible asks the policy first (promise 6), and every arc
 * to an end applies the audio before it hangs up (promise 5). It must never hold a verdict from one event to the next.
 */

import { type Failure, messageOf } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Command } from "./feature-codes.ts";
import type { Mode } from "./modes.ts";
import { decide, type Facts } from "./policy.ts";

/** What brought a supervision into its mode; stands in the ledger as the reason. */
export type Way = "feature-code" | "key" | "superseded" | "next-call";

/** What becomes of a supervision when the call it follows is over. */
export type AfterCall = "end" | "wait";

export type State =
  /** Allowed, the leg being answered; not in any matrix. */
  | { readonly phase: "invited"; readonly mode: Mode }
  /** In the call's matrix. `handBackTo` is the last mode that was no takeover. */
  | {
      readonly phase: "attached";
      readonly mode: Mode;
      readonly handBackTo: Mode;
      readonly way: Way;
      /** The supervisor's own phone holds: it hears nobody and nobody hears it. */
      readonly holds: boolean;
    }
  /** The leg stands, silent, until the target's next call. */
  | { readonly phase: "waiting"; readonly holds: boolean }
  | { readonly phase: "ended" };

export type Event =
  | { readonly type: "answered" }
  | { readonly type: "key"; readonly command: Command }
  /** Another supervisor took the call over. */
  | { readonly type: "superseded" }
  /** People or call are not what they were: the policy is to look again. */
  | { readonly type: "facts-changed" }
  | { readonly type: "call-ended" }
  /** The target is in a new call. */
  | { readonly type: "call-started" }
  /** The supervisor's own phone held or resumed. */
  | { readonly type: "leg-held"; readonly on: boolean }
  /** The supervisor hung up, or its leg was lost. */
  | { readonly type: "leg-ended" }
  /** Something that an audible supervision cannot do without has failed, such as the ledger. */
  | { readonly type: "failed"; readonly failure: Failure };

export type Effect =
  /** Every other takeover of this call gets `superseded`, before the audio is applied: one new matrix shows both changes. */
  | { readonly type: "supersede" }
  /** The call's matrix is computed anew and put in force. */
  | { readonly type: "apply-audio" }
  /** The supervisor's leg is hung up; `reason` is for its display. */
  | { readonly type: "hang-up"; readonly reason: string };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const APPLY: Effect = { type: "apply-audio" };

/** Begins a supervision whose leg is then to be answered. Errors: the policy's. */
export function begin(mode: Mode, facts: Facts): Result<State, Failure> {
  const verdict = decide({ ...facts, action: mode });
  return verdict.ok ? ok({ phase: "invited", mode }) : err(verdict.error);
}

/** What `event` does to a supervision, given the people and the call as they are now. */
export function step(state: State, event: Event, facts: Facts, afterCall: AfterCall): Step {
  switch (state.phase) {
    case "invited":
      return whileInvited(state, event, facts, afterCall);
    case "attached":
      return whileAttached(state, event, facts, afterCall);
    case "waiting":
      return whileWaiting(state, event, facts, afterCall);
    case "ended":
      return stay(state);
  }
}

type In<Phase extends State["phase"]> = Extract<State, { phase: Phase }>;

/** What befalls the call meanwhile is judged when the leg is answered: the policy then finds no live call. */
function whileInvited(state: In<"invited">, event: Event, facts: Facts, afterCall: AfterCall): Step {
  switch (event.type) {
    case "answered":
      return enter(
        { mode: state.mode, handBackTo: "monitor", way: "feature-code", holds: false },
        facts,
        afterCall,
      );
    case "leg-ended":
      return stay({ phase: "ended" });
    case "key":
    case "superseded":
    case "facts-changed":
    case "call-ended":
    case "call-started":
    case "leg-held":
    case "failed":
      return stay(state);
  }
}

function whileAttached(state: In<"attached">, event: Event, facts: Facts, afterCall: AfterCall): Step {
  switch (event.type) {
    case "key":
      return onKey(state, event.command, facts, afterCall);
    case "superseded":
      // No effect: the matrix that shows the other takeover shows this too.
      return stay(
        state.mode === "takeover"
          ? { ...state, mode: "monitor", handBackTo: "monitor", way: "superseded" }
          : state,
      );
    case "facts-changed":
      return onFactsChanged(state, facts, afterCall);
    case "call-ended":
      return onCallEnded(state.holds, afterCall);
    case "leg-held":
      return event.on === state.holds
        ? stay(state)
        : { state: { ...state, holds: event.on }, effects: [APPLY] };
    case "leg-ended":
      return { state: { phase: "ended" }, effects: [APPLY] };
    case "failed":
      return end(messageOf(event.failure));
    case "answered":
    case "call-started":
      return stay(state);
  }
}

function whileWaiting(state: In<"waiting">, event: Event, facts: Facts, afterCall: AfterCall): Step {
  switch (event.type) {
    case "call-started":
      // In monitor: what was chosen for one customer makes nobody audible to the next.
      return enter(
        { mode: "monitor", handBackTo: "monitor", way: "next-call", holds: state.holds },
        facts,
        afterCall,
      );
    case "leg-held":
      return stay({ ...state, holds: event.on });
    case "leg-ended":
      return stay({ phase: "ended" });
    case "answered":
    case "key":
    case "superseded":
    case "facts-changed":
    case "call-ended":
    case "failed":
      return stay(state);
  }
}

function onKey(state: In<"attached">, command: Command, facts: Facts, afterCall: AfterCall): Step {
  const handingBack = command === "handback";
  if (handingBack && state.mode !== "takeover") return stay(state);
  const mode = handingBack ? state.handBackTo : command;
  return mode === state.mode ? stay(state) : enter({ ...state, mode, way: "key" }, facts, afterCall);
}

/** Into a mode, if the policy allows it now; whom it refuses is not left listening. */
function enter(wanted: Omit<In<"attached">, "phase">, facts: Facts, afterCall: AfterCall): Step {
  const verdict = decide({ ...facts, action: wanted.mode });
  if (!verdict.ok) return onRefused(verdict.error, wanted.holds, afterCall);
  return wanted.mode === "takeover"
    ? { state: { ...wanted, phase: "attached" }, effects: [{ type: "supersede" }, APPLY] }
    : { state: { ...wanted, phase: "attached", handBackTo: wanted.mode }, effects: [APPLY] };
}

function onFactsChanged(state: In<"attached">, facts: Facts, afterCall: AfterCall): Step {
  const verdict = decide({ ...facts, action: state.mode });
  return verdict.ok ? stay(state) : onRefused(verdict.error, state.holds, afterCall);
}

function onRefused(failure: Failure, holds: boolean, afterCall: AfterCall): Step {
  return failure.code === "supervision.no-live-call"
    ? onCallEnded(holds, afterCall)
    : end(messageOf(failure));
}

function onCallEnded(holds: boolean, afterCall: AfterCall): Step {
  return afterCall === "wait"
    ? { state: { phase: "waiting", holds }, effects: [APPLY] }
    : end("The supervised call has ended");
}

/** Silence first, then the hang-up. */
function end(reason: string): Step {
  return { state: { phase: "ended" }, effects: [APPLY, { type: "hang-up", reason }] };
}

function stay(state: State): Step {
  return { state, effects: [] };
}

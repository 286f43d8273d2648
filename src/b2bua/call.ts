/**
 * The state machine of one call: a caller's leg, the callee's legs while they ring, the two that talk. It decides what each
 * leg is told and when (RFC 3261 §13, §9, §15; forking by §16.7), and must never touch a socket, a port or a clock:
 * the runner beside it carries out the effects.
 */
import type { Failure } from "../core/failure.ts";
import { failure } from "../core/failure.ts";
import { bestRefusal, type Refusal } from "./refusal.ts";

/** Names a leg within its call. */
export type LegId = string;

/** One ringing attempt: a contact of the callee. */
export interface Branch {
  readonly leg: LegId;
}

export type CallState =
  | {
      readonly phase: "ringing";
      readonly caller: LegId;
      readonly branches: readonly Branch[];
      readonly refusals: readonly Refusal[];
      /** What the caller has been told so far; early media names the leg it hears. */
      readonly told: "nothing" | "ringing" | { readonly early: LegId };
    }
  | {
      readonly phase: "talking";
      readonly caller: LegId;
      readonly callee: LegId;
      /** Legs that have put the other one on hold. */
      readonly holding: readonly LegId[];
    }
  | { readonly phase: "over" };

export type CallEvent =
  /** A provisional response of a branch; `early` where it carried SDP. */
  | { readonly type: "progress"; readonly leg: LegId; readonly early: boolean }
  /** A branch answered 2xx. */
  | { readonly type: "answered"; readonly leg: LegId }
  /** A branch refused, timed out or could not be reached. */
  | { readonly type: "refused"; readonly leg: LegId; readonly refusal: Refusal }
  /** A leg put the other on hold, or resumed. */
  | { readonly type: "hold"; readonly leg: LegId; readonly on: boolean }
  /** A leg has ended by its peer (BYE, CANCEL, missing ACK, dead transport). */
  | { readonly type: "ended"; readonly leg: LegId; readonly reason?: string }
  /** A leg's audio stopped: RTP timeout, or its media worker died. */
  | { readonly type: "media-lost"; readonly leg: LegId; readonly reason: string }
  /** The caller could not be answered after a callee was: nothing in common, or no SDP answer. */
  | { readonly type: "unanswerable"; readonly failure: Failure }
  | { readonly type: "ring-timeout" }
  /** Somebody in the house ends the call. */
  | { readonly type: "hang-up"; readonly reason: string };

export type CallEffect =
  | { readonly type: "dial"; readonly leg: LegId }
  /** 180 to the caller, or 183 with SDP where it shall hear `early`. */
  | { readonly type: "tell-ringing"; readonly early?: LegId }
  | { readonly type: "answer-caller" }
  | { readonly type: "refuse-caller"; readonly refusal: Refusal }
  /** Ends a leg by whatever its state demands; `reason` is the RFC 3326 value. */
  | { readonly type: "end"; readonly leg: LegId; readonly reason?: string }
  | { readonly type: "start-ring-timer" }
  | { readonly type: "stop-ring-timer" }
  /** Who hears whom may have changed. */
  | { readonly type: "audio" }
  /** The call was answered, or somebody held or resumed. */
  | { readonly type: "changed" }
  | { readonly type: "over"; readonly cause: string };

export interface CallStep {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

/** RFC 3326 §2: what the losers of a fork are told. */
export const COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/** A new call: dials every branch at once. With no branch to ring it is refused as not registered. */
export function begin(caller: LegId, branches: readonly Branch[]): CallStep {
  if (branches.length === 0) {
    const refusal: Refusal = { status: 480, failure: failure("call.not-registered") };
    return {
      state: { phase: "over" },
      effects: [
        { type: "refuse-caller", refusal },
        { type: "over", cause: "not registered" },
      ],
    };
  }
  return {
    state: { phase: "ringing", caller, branches, refusals: [], told: "nothing" },
    effects: [
      { type: "start-ring-timer" },
      ...branches.map((branch): CallEffect => ({ type: "dial", leg: branch.leg })),
    ],
  };
}

/** Advances the call. An event of a leg that is no longer part of it changes nothing. */
export function step(state: CallState, event: CallEvent): CallStep {
  switch (state.phase) {
    case "ringing":
      return whileRinging(state, event);
    case "talking":
      return whileTalking(state, event);
    case "over":
      return { state, effects: [] };
  }
}

type Ringing = Extract<CallState, { phase: "ringing" }>;
type Talking = Extract<CallState, { phase: "talking" }>;

function whileRinging(state: Ringing, event: CallEvent): CallStep {
  switch (event.type) {
    case "progress":
      return isBranch(state, event.leg) ? onProgress(state, event.leg, event.early) : unchanged(state);
    case "answered":
      return isBranch(state, event.leg) ? onAnswered(state, event.leg) : unchanged(state);
    case "refused":
      return isBranch(state, event.leg) ? onRefused(state, event.leg, event.refusal) : unchanged(state);
    case "ended":
      if (event.leg === state.caller) return giveUp(state, "caller gave up", event.reason);
      if (!isBranch(state, event.leg)) return unchanged(state);
      return onRefused(state, event.leg, { status: 480, failure: failure("call.no-answer") });
    case "media-lost":
      return refuse(state, { status: 503, failure: failure("media.engine-lost") }, "media lost");
    case "unanswerable":
      return refuse(state, { status: 488, failure: event.failure }, "nothing in common");
    case "ring-timeout":
      return refuse(state, { status: 480, failure: failure("call.no-answer") }, "no answer");
    case "hang-up":
      return refuse(state, { status: 480, failure: failure("call.no-answer", event.reason) }, event.reason);
    case "hold":
      // A caller may hold before it is answered (a re-INVITE in an early dialog is refused before it comes here).
      return unchanged(state);
  }
}

/** The first early media wins the caller's ear; a 180 after a 183 says nothing new (RFC 3960 §3.1). */
function onProgress(state: Ringing, leg: LegId, early: boolean): CallStep {
  if (early && (typeof state.told === "string" || state.told.early === leg)) {
    return {
      state: { ...state, told: { early: leg } },
      effects: [{ type: "tell-ringing", early: leg }, { type: "audio" }],
    };
  }
  if (state.told !== "nothing") return unchanged(state);
  return { state: { ...state, told: "ringing" }, effects: [{ type: "tell-ringing" }] };
}

function onAnswered(state: Ringing, callee: LegId): CallStep {
  const losers = state.branches.filter((branch) => branch.leg !== callee);
  return {
    state: { phase: "talking", caller: state.caller, callee, holding: [] },
    effects: [
      { type: "stop-ring-timer" },
      ...losers.map((branch): CallEffect => ({ type: "end", leg: branch.leg, reason: COMPLETED_ELSEWHERE })),
      { type: "answer-caller" },
      { type: "audio" },
      { type: "changed" },
    ],
  };
}

/** One branch fewer; the last one's refusal, or a better one of before, goes to the caller (RFC 3261 §16.7 step 6). */
function onRefused(state: Ringing, leg: LegId, refusal: Refusal): CallStep {
  const refusals = [...state.refusals, refusal];
  const branches = state.branches.filter((branch) => branch.leg !== leg);
  // A 6xx speaks for the callee wherever it rings.
  const final = branches.length === 0 || refusal.status >= 600;
  if (final) {
    return refuse({ ...state, branches, refusals }, bestRefusal(refusals), `refused ${refusal.status}`);
  }
  const told = typeof state.told === "object" && state.told.early === leg ? "ringing" : state.told;
  return {
    state: { ...state, branches, refusals, told },
    effects: told === state.told ? [] : [{ type: "audio" }],
  };
}

function refuse(state: Ringing, refusal: Refusal, cause: string): CallStep {
  return {
    state: { phase: "over" },
    effects: [
      { type: "stop-ring-timer" },
      { type: "audio" },
      ...endBranches(state, undefined),
      { type: "refuse-caller", refusal },
      { type: "over", cause },
    ],
  };
}

function giveUp(state: Ringing, cause: string, reason: string | undefined): CallStep {
  return {
    state: { phase: "over" },
    effects: [
      { type: "stop-ring-timer" },
      { type: "audio" },
      ...endBranches(state, reason),
      { type: "over", cause },
    ],
  };
}

function endBranches(state: Ringing, reason: string | undefined): CallEffect[] {
  return state.branches.map((branch) => endLeg(branch.leg, reason));
}

function whileTalking(state: Talking, event: CallEvent): CallStep {
  switch (event.type) {
    case "hold":
      return onHold(state, event.leg, event.on);
    case "ended": {
      if (event.leg !== state.caller && event.leg !== state.callee) return unchanged(state);
      const other = event.leg === state.caller ? state.callee : state.caller;
      return finish([other], event.leg === state.caller ? "caller hung up" : "callee hung up", event.reason);
    }
    case "refused":
      // The winner cannot refuse any more; a loser's 487 is its proper end.
      return unchanged(state);
    case "media-lost":
      if (event.leg !== state.caller && event.leg !== state.callee) return unchanged(state);
      return finish([state.caller, state.callee], "media lost", reasonText(event.reason));
    case "unanswerable":
      return {
        state: { phase: "over" },
        effects: [
          { type: "audio" },
          endLeg(state.callee, reasonText("the caller could not be answered")),
          { type: "refuse-caller", refusal: { status: 488, failure: event.failure } },
          { type: "over", cause: "nothing in common" },
        ],
      };
    case "hang-up":
      return finish([state.caller, state.callee], event.reason, reasonText(event.reason));
    case "progress":
    case "answered":
    case "ring-timeout":
      return unchanged(state);
  }
}

function onHold(state: Talking, leg: LegId, on: boolean): CallStep {
  if (leg !== state.caller && leg !== state.callee) return unchanged(state);
  if (state.holding.includes(leg) === on) return unchanged(state);
  const holding = on ? [...state.holding, leg] : state.holding.filter((one) => one !== leg);
  return { state: { ...state, holding }, effects: [{ type: "audio" }, { type: "changed" }] };
}

function finish(legs: readonly LegId[], cause: string, reason: string | undefined): CallStep {
  return {
    state: { phase: "over" },
    effects: [{ type: "audio" }, ...legs.map((leg) => endLeg(leg, reason)), { type: "over", cause }],
  };
}

/** RFC 3326: a Reason value for an end that no SIP status describes. */
export function reasonText(text: string): string {
  return `SIP;cause=503;text="${text.replaceAll(/["\\]/g, "'")}"`;
}

function endLeg(leg: LegId, reason: string | undefined): CallEffect {
  return reason === undefined ? { type: "end", leg } : { type: "end", leg, reason };
}

function isBranch(state: Ringing, leg: LegId): boolean {
  return state.branches.some((branch) => branch.leg === leg);
}

function unchanged(state: CallState): CallStep {
  return { state, effects: [] };
}

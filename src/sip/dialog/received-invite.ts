/**
 * One INVITE that we answer, the first of a session or a re-INVITE (RFC 3261 §13.3, §14.2): its answers, the 2xx sent again
 * until the ACK, CANCEL and BYE at every moment. Pure: time comes in as timer events. It never answers twice.
 */
import type { SessionEnd } from "./types.ts";

/** Who ended it and how; the peer's words for it are the shell's to add. */
export type Ending = Omit<SessionEnd, "reason">;

/** RFC 3261 §13.3.1.4: the first wait and the longest; what lasts 64*T1 follows from them. */
export interface Timers {
  readonly t1Ms: number;
  readonly t2Ms: number;
}

/** `closing` and `closed` differ from `accepted` and `confirmed` in that our user has hung up. */
export type ReceivedInvitePhase =
  | "proceeding"
  /** A 2xx is out, the ACK has not come. */
  | "accepted"
  /** As accepted, and a BYE goes out as soon as the ACK is here or overdue (RFC 3261 §15). */
  | "closing"
  | "confirmed"
  | "refused"
  | "over";

export interface ReceivedInvite {
  readonly phase: ReceivedInvitePhase;
  /** The wait before the 2xx goes out the next time. */
  readonly intervalMs: number;
}

export type ReceivedInviteEvent =
  /** Our user answers. */
  | { readonly type: "respond"; readonly status: number }
  /** Our user hangs up; `status` answers an INVITE that has no answer yet. */
  | { readonly type: "hang-up"; readonly status: number }
  | { readonly type: "cancel" }
  | { readonly type: "bye" }
  | { readonly type: "ack" }
  | { readonly type: "timer"; readonly timer: "retransmit" | "give-up" }
  /** The answer could not be sent. */
  | { readonly type: "unreachable" };

export type ReceivedInviteEffect =
  /** Send the answer that the event brought. */
  | { readonly type: "answer"; readonly status: number }
  /** Send the 2xx again. */
  | { readonly type: "repeat" }
  | { readonly type: "bye" }
  | { readonly type: "start-timer"; readonly timer: "retransmit" | "give-up"; readonly ms: number }
  | { readonly type: "stop-timers" }
  | { readonly type: "acknowledged" }
  /** The session is over; of a re-INVITE: it is over, and the session with it only where the ACK never came. */
  | ({ readonly type: "ended" } & Ending);

interface Step {
  readonly state: ReceivedInvite;
  readonly effects: readonly ReceivedInviteEffect[];
}

export const RECEIVED_INVITE: ReceivedInvite = { phase: "proceeding", intervalMs: 0 };

/** Advances by one event. What comes too late, such as a CANCEL after the 2xx (RFC 3261 §9.2), changes nothing. */
export function step(state: ReceivedInvite, event: ReceivedInviteEvent, timers: Timers): Step {
  switch (event.type) {
    case "respond":
      return onRespond(state, event.status, timers);
    case "hang-up":
      return onHangUp(state, event.status);
    case "cancel":
      return state.phase === "proceeding" ? refuse(state, 487, ended("remote", "cancel")) : stay(state);
    case "bye":
      return onBye(state);
    case "ack":
      return onAck(state);
    case "timer":
      return event.timer === "retransmit" ? onRetransmit(state, timers) : onGiveUp(state);
    case "unreachable":
      // A 2xx that did not get through goes out again by its timer.
      return state.phase === "proceeding" ? go(state, "over", ended("remote", "failure")) : stay(state);
  }
}

function onRespond(state: ReceivedInvite, status: number, timers: Timers): Step {
  if (state.phase !== "proceeding") return stay(state);
  if (status < 200) return { state, effects: [{ type: "answer", status }] };
  if (status >= 300) return refuse(state, status, ended("local", "rejected"));
  // RFC 3261 §13.3.1.4: over every transport, for a proxy behind it may use UDP.
  return {
    state: { phase: "accepted", intervalMs: timers.t1Ms },
    effects: [
      { type: "answer", status },
      { type: "start-timer", timer: "retransmit", ms: timers.t1Ms },
      { type: "start-timer", timer: "give-up", ms: 64 * timers.t1Ms },
    ],
  };
}

function onHangUp(state: ReceivedInvite, status: number): Step {
  switch (state.phase) {
    case "proceeding":
      return refuse(state, status, ended("local", "rejected"));
    case "accepted":
      return go(state, "closing");
    case "confirmed":
      return go(state, "over", { type: "bye" }, ended("local", "bye"));
    case "closing":
    case "refused":
    case "over":
      return stay(state);
  }
}

function onBye(state: ReceivedInvite): Step {
  switch (state.phase) {
    case "proceeding":
      // RFC 3261 §15.1.2: a request still pending in the dialog gets its final answer.
      return refuse(state, 487, ended("remote", "bye"));
    case "accepted":
    case "closing":
    case "confirmed":
      return go(state, "over", { type: "stop-timers" }, ended("remote", "bye"));
    case "refused":
    case "over":
      return stay(state);
  }
}

function onAck(state: ReceivedInvite): Step {
  if (state.phase === "accepted")
    return go(state, "confirmed", { type: "stop-timers" }, { type: "acknowledged" });
  if (state.phase === "closing") {
    return go(state, "over", { type: "stop-timers" }, { type: "bye" }, ended("local", "bye"));
  }
  return stay(state);
}

function onRetransmit(state: ReceivedInvite, timers: Timers): Step {
  if (state.phase !== "accepted" && state.phase !== "closing") return stay(state);
  const intervalMs = Math.min(2 * state.intervalMs, timers.t2Ms);
  return {
    state: { ...state, intervalMs },
    effects: [{ type: "repeat" }, { type: "start-timer", timer: "retransmit", ms: intervalMs }],
  };
}

function onGiveUp(state: ReceivedInvite): Step {
  const stop = { type: "stop-timers" } as const;
  if (state.phase === "accepted") return go(state, "over", stop, { type: "bye" }, ended("local", "no-ack"));
  if (state.phase === "closing") return go(state, "over", stop, { type: "bye" }, ended("local", "bye"));
  return stay(state);
}

function refuse(state: ReceivedInvite, status: number, end: ReceivedInviteEffect): Step {
  return go(state, "refused", { type: "answer", status }, end);
}

function go(state: ReceivedInvite, phase: ReceivedInvitePhase, ...effects: ReceivedInviteEffect[]): Step {
  return { state: { ...state, phase }, effects };
}

function stay(state: ReceivedInvite): Step {
  return { state, effects: [] };
}

function ended(by: Ending["by"], cause: Ending["cause"]): ReceivedInviteEffect {
  return { type: "ended", by, cause };
}

/**
 * One INVITE that we answer, the first of a session or a re-INVITE (RFC 3261 §13.3, §14.2): its answers, the 2xx sent again
 * until the ACK, CANCEL and BYE at every moment. Pure: time comes in as timer events. It never answers twice.
 */
import { type Step as AnyStep, to } from "../transaction/machine.ts";
import { type TimerValues, timeoutMs } from "../transaction/timers.ts";
import type { SessionEnd } from "./types.ts";

/** Who ended it and how; the peer's words for it are the shell's to add. */
export type Ending = Omit<SessionEnd, "reason">;

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

type Step = AnyStep<ReceivedInvite, ReceivedInviteEffect>;

export const RECEIVED_INVITE: ReceivedInvite = { phase: "proceeding", intervalMs: 0 };

/** Advances by one event. What comes too late, such as a CANCEL after the 2xx (RFC 3261 §9.2), changes nothing. */
export function step(state: ReceivedInvite, event: ReceivedInviteEvent, timers: TimerValues): Step {
  switch (event.type) {
    case "respond":
      return onRespond(state, event.status, timers);
    case "hang-up":
      return onHangUp(state, event.status);
    case "cancel":
      return state.phase === "proceeding" ? refuse(state, 487, ended("remote", "cancel")) : to(state);
    case "bye":
      return onBye(state);
    case "ack":
      return onAck(state);
    case "timer":
      return event.timer === "retransmit" ? onRetransmit(state, timers) : onGiveUp(state);
    case "unreachable":
      // The transaction needs its final answer all the same; a 2xx that did not get through goes out again by its timer.
      return state.phase === "proceeding" ? refuse(state, 500, ended("remote", "failure")) : to(state);
  }
}

function onRespond(state: ReceivedInvite, status: number, timers: TimerValues): Step {
  if (state.phase !== "proceeding") return to(state);
  if (status < 200) return to(state, { type: "answer", status });
  if (status >= 300) return refuse(state, status, ended("local", "rejected"));
  // RFC 3261 §13.3.1.4: over every transport, for a proxy behind it may use UDP.
  return to(
    { phase: "accepted", intervalMs: timers.t1 },
    { type: "answer", status },
    { type: "start-timer", timer: "retransmit", ms: timers.t1 },
    { type: "start-timer", timer: "give-up", ms: timeoutMs(timers) },
  );
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
      return to(state);
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
      return to(state);
  }
}

function onAck(state: ReceivedInvite): Step {
  if (state.phase === "accepted")
    return go(state, "confirmed", { type: "stop-timers" }, { type: "acknowledged" });
  if (state.phase === "closing") {
    return go(state, "over", { type: "stop-timers" }, { type: "bye" }, ended("local", "bye"));
  }
  return to(state);
}

function onRetransmit(state: ReceivedInvite, timers: TimerValues): Step {
  if (state.phase !== "accepted" && state.phase !== "closing") return to(state);
  const intervalMs = Math.min(2 * state.intervalMs, timers.t2);
  return to(
    { ...state, intervalMs },
    { type: "repeat" },
    { type: "start-timer", timer: "retransmit", ms: intervalMs },
  );
}

function onGiveUp(state: ReceivedInvite): Step {
  const stop = { type: "stop-timers" } as const;
  if (state.phase === "accepted") return go(state, "over", stop, { type: "bye" }, ended("local", "no-ack"));
  if (state.phase === "closing") return go(state, "over", stop, { type: "bye" }, ended("local", "bye"));
  return to(state);
}

function refuse(state: ReceivedInvite, status: number, end: ReceivedInviteEffect): Step {
  return go(state, "refused", { type: "answer", status }, end);
}

function go(state: ReceivedInvite, phase: ReceivedInvitePhase, ...effects: ReceivedInviteEffect[]): Step {
  return to({ ...state, phase }, ...effects);
}

function ended(by: Ending["by"], cause: Ending["cause"]): ReceivedInviteEffect {
  return { type: "ended", by, cause };
}

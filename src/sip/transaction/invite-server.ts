/**
 * Decides what an INVITE server transaction does: RFC 3261 §17.2.1 figure 7, with the Accepted state and Timer L of
 * RFC 6026 §7.1. It must never retransmit a 2xx by itself: that is the user's, end to end (RFC 3261 §13.3.1.4).
 */
import { type ServerEffect, type ServerEvent, type Step, start, stop, to } from "./machine.ts";
import { type Conditions, type TimerName, type TimerValues, timeoutMs } from "./timers.ts";

export type InviteServerState =
  | "initial"
  | "proceeding"
  | "completed"
  | "confirmed"
  | "accepted"
  | "terminated";
type InviteServerStep = Step<InviteServerState, ServerEffect>;

const TRYING: ServerEffect = { type: "send-trying" };
const SEND: ServerEffect = { type: "send-response" };
const RESEND: ServerEffect = { type: "resend-response" };
const REQUEST: ServerEffect = { type: "to-user", what: "request" };
const ACK: ServerEffect = { type: "to-user", what: "ack" };
const TIMEOUT: ServerEffect = { type: "to-user", what: "timeout" };
const TRANSPORT_ERROR: ServerEffect = { type: "to-user", what: "transport-error" };

/** One step of the INVITE server transaction. */
export function stepInviteServer(
  state: InviteServerState,
  event: ServerEvent,
  conditions: Conditions,
): InviteServerStep {
  switch (event.type) {
    case "request":
      return onRequest(state);
    case "respond":
      return onRespond(state, event.status, conditions);
    case "ack":
      return onAck(state, conditions);
    case "timer":
      return onTimer(state, event.timer, event.ms, conditions.timers);
    case "transport-error":
      // RFC 6026 §7.1: the user is told, and the machine stays to absorb what still comes.
      return state === "proceeding" || state === "completed" || state === "accepted"
        ? to(state, TRANSPORT_ERROR)
        : to(state);
  }
}

function onRequest(state: InviteServerState): InviteServerStep {
  switch (state) {
    case "initial":
      // §17.2.1: a 100 unless the user answers within 200 ms. We cannot know that of a user, so we send it at once.
      return to("proceeding", TRYING, REQUEST);
    case "proceeding":
    case "completed":
      return to(state, RESEND);
    // RFC 6026 §7.1: retransmissions of the INVITE are absorbed in Accepted.
    case "accepted":
    case "confirmed":
    case "terminated":
      return to(state);
  }
}

function onRespond(
  state: InviteServerState,
  status: number,
  { reliable, timers }: Conditions,
): InviteServerStep {
  const success = status >= 200 && status < 300;
  // RFC 6026 §7.1: in Accepted only a 2xx is passed on; §17.2.1: a final response closes the matter elsewhere.
  if (state === "accepted" && success) return to(state, SEND);
  if (state !== "proceeding") return to(state);
  if (status < 200) return to(state, SEND);
  if (success) return to("accepted", SEND, start("L", timeoutMs(timers)));
  // §17.2.1: Timer G retransmits over an unreliable transport; Timer H waits for the ACK over any.
  const retransmission = reliable ? [] : [start("G", timers.t1)];
  return to("completed", SEND, ...retransmission, start("H", timeoutMs(timers)));
}

function onAck(state: InviteServerState, { reliable, timers }: Conditions): InviteServerStep {
  // §17.2.1: Timer I absorbs further ACKs, 0 s over a reliable transport.
  if (state === "completed")
    return to("confirmed", stop("G"), stop("H"), start("I", reliable ? 0 : timers.t4));
  // RFC 6026 §7.1: an ACK that matches here is the user's.
  if (state === "accepted") return to(state, ACK);
  return to(state);
}

function onTimer(
  state: InviteServerState,
  timer: TimerName,
  ms: number,
  timers: TimerValues,
): InviteServerStep {
  // §17.2.1: G doubles up to T2.
  if (timer === "G" && state === "completed")
    return to(state, RESEND, start("G", Math.min(2 * ms, timers.t2)));
  // §17.2.1: no ACK came; the user must know.
  if (timer === "H" && state === "completed") return to("terminated", TIMEOUT);
  if (timer === "I" && state === "confirmed") return to("terminated");
  if (timer === "L" && state === "accepted") return to("terminated");
  return to(state);
}

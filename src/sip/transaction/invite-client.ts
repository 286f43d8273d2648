/**
 * Decides what an INVITE client transaction does: RFC 3261 §17.1.1 figure 5, with the Accepted state and Timer M of
 * RFC 6026 §7.2. It must never acknowledge a 2xx (that ACK is the user's, RFC 3261 §13.2.2.4), nor retransmit over
 * a reliable transport.
 */
import { type ClientEffect, type ClientEvent, type Step, start, stop, to } from "./machine.ts";
import { type Conditions, type TimerName, timeoutMs } from "./timers.ts";

export type InviteClientState =
  | "initial"
  | "calling"
  | "proceeding"
  | "completed"
  | "accepted"
  | "terminated";
type InviteClientStep = Step<InviteClientState, ClientEffect>;

const REQUEST: ClientEffect = { type: "send-request" };
const ACK: ClientEffect = { type: "send-ack" };
const RESPONSE: ClientEffect = { type: "to-user", what: "response" };
const TIMEOUT: ClientEffect = { type: "to-user", what: "timeout" };
const TRANSPORT_ERROR: ClientEffect = { type: "to-user", what: "transport-error" };

/** One step of the INVITE client transaction. */
export function stepInviteClient(
  state: InviteClientState,
  event: ClientEvent,
  { reliable, timers }: Conditions,
): InviteClientStep {
  switch (event.type) {
    case "start": {
      if (state !== "initial") return to(state);
      // §17.1.1.2: Timer A only over an unreliable transport, Timer B over any.
      const retransmission = reliable ? [] : [start("A", timers.t1)];
      return to("calling", REQUEST, ...retransmission, start("B", timeoutMs(timers)));
    }
    case "response":
      return onResponse(state, event.status, { reliable, timers });
    case "cancel":
      // §9.1: a CANCEL goes out between a provisional and the final response only; without the latter within 64*T1 of it,
      // the transaction counts as cancelled.
      return state === "proceeding" ? to(state, start("cancel", timeoutMs(timers))) : to(state);
    case "timer":
      return onTimer(state, event.timer, event.ms);
    case "transport-error":
      // Figure 5: only where this transaction sends, the INVITE (Calling) or the ACK (Completed).
      return state === "calling" || state === "completed" ? to("terminated", TRANSPORT_ERROR) : to(state);
  }
}

function onResponse(state: InviteClientState, status: number, conditions: Conditions): InviteClientStep {
  switch (state) {
    case "calling":
    case "proceeding":
      return onFirstAnswers(state, status, conditions);
    case "completed":
      // §17.1.1.2: a retransmitted final response is acknowledged again, and not passed up again.
      return status >= 300 ? to(state, ACK) : to(state);
    case "accepted":
      // RFC 6026 §7.2: every 2xx goes up, from this branch or another; anything else is too late.
      return status >= 200 && status < 300 ? to(state, RESPONSE) : to(state);
    case "initial":
    case "terminated":
      return to(state);
  }
}

function onFirstAnswers(
  state: "calling" | "proceeding",
  status: number,
  { reliable, timers }: Conditions,
): InviteClientStep {
  // §17.1.1.2: the request is not retransmitted once any response has come; Timer B has no arc from Proceeding.
  const leave = state === "calling" ? [stop("A"), stop("B")] : [];
  if (status < 200) return to("proceeding", ...leave, RESPONSE);
  if (state === "proceeding") leave.push(stop("cancel"));
  // RFC 6026 §7.2: a 2xx starts Timer M, over any transport.
  if (status < 300) return to("accepted", ...leave, start("M", timeoutMs(timers)), RESPONSE);
  // §17.1.1.2: Timer D waits for retransmitted finals, 0 s over a reliable transport.
  return to("completed", ...leave, ACK, start("D", reliable ? 0 : timeoutMs(timers)), RESPONSE);
}

function onTimer(state: InviteClientState, timer: TimerName, ms: number): InviteClientStep {
  // §17.1.1.2: each interval is twice the one before; Timer B sets the end, not T2.
  if (timer === "A" && state === "calling") return to(state, REQUEST, start("A", 2 * ms));
  if (timer === "B" && state === "calling") return to("terminated", TIMEOUT);
  if (timer === "cancel" && state === "proceeding") return to("terminated", TIMEOUT);
  if (timer === "D" && state === "completed") return to("terminated");
  if (timer === "M" && state === "accepted") return to("terminated");
  return to(state);
}

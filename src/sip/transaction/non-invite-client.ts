/**
 * Decides what a client transaction of any method but INVITE and ACK does: RFC 3261 §17.1.2 figure 6.
 * It must never acknowledge anything, nor retransmit over a reliable transport.
 */
import { type ClientEffect, type ClientEvent, type Step, start, stop, to } from "./machine.ts";
import { type Conditions, type TimerName, type TimerValues, timeoutMs } from "./timers.ts";

export type NonInviteClientState = "initial" | "trying" | "proceeding" | "completed" | "terminated";
type NonInviteClientStep = Step<NonInviteClientState, ClientEffect>;

const REQUEST: ClientEffect = { type: "send-request" };
const RESPONSE: ClientEffect = { type: "to-user", what: "response" };
const TIMEOUT: ClientEffect = { type: "to-user", what: "timeout" };
const TRANSPORT_ERROR: ClientEffect = { type: "to-user", what: "transport-error" };

/** One step of the non-INVITE client transaction. */
export function stepNonInviteClient(
  state: NonInviteClientState,
  event: ClientEvent,
  { reliable, timers }: Conditions,
): NonInviteClientStep {
  const waiting = state === "trying" || state === "proceeding";
  switch (event.type) {
    case "start": {
      if (state !== "initial") return to(state);
      // §17.1.2.2: Timer F over any transport, Timer E only over an unreliable one.
      const retransmission = reliable ? [] : [start("E", timers.t1)];
      return to("trying", REQUEST, ...retransmission, start("F", timeoutMs(timers)));
    }
    case "response":
      if (!waiting) return to(state);
      // §17.1.2.2: E and F run on through Proceeding.
      if (event.status < 200) return to("proceeding", RESPONSE);
      // Timer K absorbs retransmitted finals, 0 s over a reliable transport.
      return to("completed", stop("E"), stop("F"), start("K", reliable ? 0 : timers.t4), RESPONSE);
    case "timer":
      return onTimer(state, event.timer, event.ms, timers);
    case "transport-error":
      return waiting ? to("terminated", TRANSPORT_ERROR) : to(state);
    case "cancel":
      // §9.1: only an INVITE can be cancelled.
      return to(state);
  }
}

function onTimer(
  state: NonInviteClientState,
  timer: TimerName,
  ms: number,
  timers: TimerValues,
): NonInviteClientStep {
  // §17.1.2.2: E doubles up to T2; in Proceeding it is T2 at once.
  if (timer === "E" && state === "trying") return to(state, REQUEST, start("E", Math.min(2 * ms, timers.t2)));
  if (timer === "E" && state === "proceeding") return to(state, REQUEST, start("E", timers.t2));
  if (timer === "F" && (state === "trying" || state === "proceeding")) return to("terminated", TIMEOUT);
  if (timer === "K" && state === "completed") return to("terminated");
  return to(state);
}

/**
 * Decides what a server transaction of any method but INVITE and ACK does: RFC 3261 §17.2.2 figure 8.
 * It must never send anything before the user has answered, nor change its final answer.
 */
import { type ServerEffect, type ServerEvent, type Step, start, to } from "./machine.ts";
import { type Conditions, timeoutMs } from "./timers.ts";

export type NonInviteServerState = "initial" | "trying" | "proceeding" | "completed" | "terminated";
type NonInviteServerStep = Step<NonInviteServerState, ServerEffect>;

const SEND: ServerEffect = { type: "send-response" };
const RESEND: ServerEffect = { type: "resend-response" };
const REQUEST: ServerEffect = { type: "to-user", what: "request" };
const TRANSPORT_ERROR: ServerEffect = { type: "to-user", what: "transport-error" };

/** One step of the non-INVITE server transaction. */
export function stepNonInviteServer(
  state: NonInviteServerState,
  event: ServerEvent,
  { reliable, timers }: Conditions,
): NonInviteServerStep {
  switch (event.type) {
    case "request":
      if (state === "initial") return to("trying", REQUEST);
      // §17.2.2: in Trying a retransmission is discarded, there is nothing to answer it with.
      return state === "proceeding" || state === "completed" ? to(state, RESEND) : to(state);
    case "respond":
      // §17.2.2: final responses after the first are discarded.
      if (state !== "trying" && state !== "proceeding") return to(state);
      if (event.status < 200) return to("proceeding", SEND);
      // Timer J absorbs retransmitted requests, 0 s over a reliable transport.
      return to("completed", SEND, start("J", reliable ? 0 : timeoutMs(timers)));
    case "timer":
      return event.timer === "J" && state === "completed" ? to("terminated") : to(state);
    case "transport-error":
      return state === "proceeding" || state === "completed" ? to("terminated", TRANSPORT_ERROR) : to(state);
    case "ack":
      // An ACK belongs to an INVITE.
      return to(state);
  }
}

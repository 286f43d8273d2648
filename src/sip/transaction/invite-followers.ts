/**
 * Builds the two requests that the transaction layer makes out of an INVITE of ours. Both travel the very way of the
 * INVITE, so they copy its Request-URI, topmost Via and Route, and never add a Via of their own.
 */
import { type HeaderField, NO_BODY, type SipRequest, type SipResponse } from "../message/message.ts";

const MAX_FORWARDS = 70;

/** The ACK for a final response that is no 2xx (RFC 3261 §17.1.1.3): its To is the response's. */
export function buildAck(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = follow(invite, "ACK", []);
  return { ...ack, headers: { ...ack.headers, to: response.headers.to } };
}

/** The CANCEL of an INVITE (RFC 3261 §9.1); `reason` is a Reason value (RFC 3326). */
export function buildCancel(invite: SipRequest, reason?: string): SipRequest {
  return follow(invite, "CANCEL", reason === undefined ? [] : [{ name: "Reason", value: reason }]);
}

function follow(invite: SipRequest, method: string, others: readonly HeaderField[]): SipRequest {
  const { via, from, to, callId, cseq, route } = invite.headers;
  return {
    type: "request",
    method,
    uri: invite.uri,
    headers: {
      via: via.slice(0, 1),
      from,
      to,
      callId,
      cseq: { number: cseq.number, method },
      maxForwards: MAX_FORWARDS,
      contact: [],
      route,
      recordRoute: [],
      others,
    },
    body: NO_BODY,
  };
}

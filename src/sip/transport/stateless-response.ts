/**
 * Builds the answer to a request that gets no transaction: malformed, or one too many. The To tag comes from the
 * request itself, since every retransmission must get the same (RFC 3261 §8.2.7). An ACK must never be given here.
 */
import { type ResponseParts, responseTo } from "../message/build.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";

/** A final response without state; `parts` says what it carries beyond the standard. */
export function statelessResponse(
  request: Pick<SipRequest, "method" | "headers">,
  status: number,
  parts: ResponseParts = {},
): SipResponse {
  const toTag = request.headers.via[0]?.params.get("branch") || "stateless";
  return responseTo(request, status, { ...parts, toTag });
}

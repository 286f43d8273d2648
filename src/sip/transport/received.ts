/**
 * Decides what a server writes into the topmost Via of a request it received (RFC 3261 §18.2.1, RFC 3581 §4).
 * It must never touch any other Via, nor be given a response.
 */
import type { SipRequest } from "../message/message.ts";

/**
 * Notes where a request really came from: `received` and `rport` of its top Via. Both are written always, whether
 * or not the client asked for `rport`: phones behind NAT that forget to ask would never see an answer otherwise.
 */
export function withReceived<R extends Pick<SipRequest, "method" | "headers">>(
  request: R,
  host: string,
  port: number,
): R {
  const [top, ...rest] = request.headers.via;
  if (top === undefined) return request;
  const params = new Map(top.params).set("received", host).set("rport", String(port));
  return { ...request, headers: { ...request.headers, via: [{ ...top, params }, ...rest] } };
}

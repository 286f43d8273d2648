/**
 * Decides what a server writes into the topmost Via of a request it received (RFC 3261 §18.2.1, RFC 3581 §4).
 * It must never touch any other Via, nor a response.
 */
import type { SipMessage, Via } from "../message/message.ts";

/**
 * Notes where a request really came from: `received` and `rport` of its top Via. Both are written always, whether
 * or not the client asked for `rport`: phones behind NAT that forget to ask would never see an answer otherwise.
 */
export function withReceived<M extends SipMessage>(message: M, host: string, port: number): M {
  const [top, ...rest] = message.headers.via;
  if (message.type !== "request" || top === undefined) return message;
  const params = new Map(top.params).set("received", host).set("rport", String(port));
  const via: Via[] = [{ ...top, params }, ...rest];
  return { ...message, headers: { ...message.headers, via } };
}

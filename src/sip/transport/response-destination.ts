/**
 * Decides where the responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4). It must never send them anywhere but to
 * the address the request came from: `maddr` is ignored on purpose, it would let anybody aim our answers at a victim.
 */
import type { SipRequest } from "../message/message.ts";
import type { Destination, Source } from "./types.ts";

/** The port of a Via without one (RFC 3261 §18.2.2, §19.1.2). */
const DEFAULT_PORT = { udp: 5060, tcp: 5060, tls: 5061 } as const;

/**
 * Over UDP, back to the very port the request came from, out of the socket it came in on (`rport` is forced). Over a
 * stream, the same connection; once that is gone, a new one to the port of the topmost Via, since the old one's far
 * port was the client's for that connection alone.
 */
export function responseDestination(request: Pick<SipRequest, "headers">, source: Source): Destination {
  const { transport, host, flow } = source;
  if (transport === "udp") return { transport, host, port: source.port, flow };
  return { transport, host, port: request.headers.via[0]?.port ?? DEFAULT_PORT[transport], flow };
}

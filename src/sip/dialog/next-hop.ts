/**
 * Where a request goes (RFC 3261 §8.1.2, §12.2.1.1), and how much of a Contact can be believed of a peer behind a NAT.
 * Pure: host names stay names, the transport resolves them. It never changes a request.
 */
import type { SipMessage, SipRequest, Uri } from "../message/message.ts";
import type { Destination, Source, TransportName } from "../transport/types.ts";
import type { Dialog } from "./dialog.ts";

const DEFAULT_PORT: Readonly<Record<TransportName, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

/** The transport, host and port a URI names (RFC 3263 §4 without DNS records). */
export function destinationOf(uri: Uri): Destination {
  const transport = transportOf(uri);
  const host = uri.params.get("maddr") ?? uri.host;
  return { transport, host: withoutBrackets(host), port: uri.port ?? DEFAULT_PORT[transport] };
}

/**
 * Where the next request in a dialog goes.
 * With a route set, its first hop. Without one the Contact decides, unless the peer speaks to us directly and its Contact
 * names another host than it came from: then a NAT lies between, and only the way its messages came leads back.
 */
export function nextHop(dialog: Dialog, peer: Destination, direct: boolean): Destination {
  const first = dialog.routeSet[0];
  if (first !== undefined) return destinationOf(first.uri);
  const target = destinationOf(dialog.remoteTarget);
  if (!direct) return target;
  const flow = peer.flow === undefined ? {} : { flow: peer.flow };
  // A connection is kept while it lives; once it is gone a fresh one goes to the Contact, not to a port nobody listens on.
  if (target.host === peer.host && target.transport === peer.transport) return { ...target, ...flow };
  return peer;
}

/** Whether no proxy stands between us and the sender of this INVITE: its own Via is the only one. */
export function sentDirectly(invite: SipRequest): boolean {
  return invite.headers.via.length === 1;
}

/**
 * Whether the answerer of our INVITE sits at the other end of the wire: its Contact names the host its answer came from,
 * or the one we called (a phone behind a NAT repeats the private address that it registered).
 */
export function answeredDirectly(invite: SipRequest, answer: SipMessage, source: Source): boolean {
  const { contact } = answer.headers;
  const uri = contact === "*" ? undefined : contact[0]?.uri;
  return uri === undefined || uri.host === invite.uri.host || withoutBrackets(uri.host) === source.host;
}

function transportOf(uri: Uri): TransportName {
  if (uri.scheme === "sips") return "tls";
  const named = uri.params.get("transport")?.toLowerCase();
  return named === "tcp" || named === "tls" ? named : "udp";
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

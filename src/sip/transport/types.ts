import type { Emitter } from "../../core/emitter.ts";
import type { Failure } from "../../core/failure.ts";
import type { Result } from "../../core/result.ts";
import type { SipMessage } from "../message/message.ts";

export type TransportName = "udp" | "tcp" | "tls";

/** Where the server listens. */
export interface ListenPoint {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
}

/** Where a message goes. */
export interface Destination {
  readonly transport: TransportName;
  /** An IP address, or a host name that the transport resolves. */
  readonly host: string;
  readonly port: number;
  /** The connection (or listening socket) a message came in on; it is used again while it lives (RFC 3261 §18.2.2, RFC 5626). */
  readonly flow?: number;
}

/** Where a message came from; answers and later requests go back this way. */
export interface Source extends Destination {
  readonly flow: number;
  /** Our own end of it, for Via and Contact. */
  readonly localAddress: string;
  readonly localPort: number;
}

export type TransportEvents = {
  /** A well-formed message; `received` and `rport` are already in its top Via if it is a request. */
  message: [message: SipMessage, source: Source];
  /** What could not be parsed and was answered 400 or dropped; for counting and logging. */
  malformed: [failure: Failure, source: Source];
  /** A stream connection ended. */
  closed: [flow: number];
};

/** Sockets, framing and parsing; knows nothing of transactions. */
export interface Transport {
  readonly events: Emitter<TransportEvents>;
  /** Where we really listen (a port 0 of the configuration is resolved). */
  readonly listening: readonly ListenPoint[];
  /** The address a peer at `to` reaches us at over that transport: for Via, Contact and SDP. */
  localFor(to: Destination): { readonly address: string; readonly port: number };
  /**
   * Serializes and sends. A failure known at once or later is told to `onFailure` at most once
   * (`sip.transport`, `sip.too-large`).
   */
  send(message: SipMessage, to: Destination, onFailure?: (failure: Failure) => void): void;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Opens the transports; an error names the address and what to do. */
export type OpenTransport = (
  listen: readonly ListenPoint[],
  tls?: { readonly certificate: string; readonly key: string },
) => Promise<Result<Transport, Failure>>;

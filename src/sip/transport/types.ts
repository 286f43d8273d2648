import type { Clock } from "../../core/clock.ts";
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

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Who may vouch for the servers we call; the system's authorities by default. */
  readonly authorities?: string;
}

export interface TransportOptions {
  readonly clock: Clock;
  /** Needed where `listen` has a tls point. */
  readonly tls?: TlsFiles;
  /** A stream connection without traffic is closed after this long. */
  readonly idleMs?: number;
  /** Connections that one stream listener holds at a time; with as many in all, we open no further one. */
  readonly maxConnections?: number;
  /** Bytes a peer may leave unread before its connection is closed. */
  readonly maxQueuedBytes?: number;
}

/**
 * Opens the transports, all or none: `listen.port-in-use`, `listen.failed` and `config.certificate` name the address
 * or file and the reason.
 */
export type OpenTransport = (
  listen: readonly ListenPoint[],
  options: TransportOptions,
) => Promise<Result<Transport, Failure>>;

import type { Socket } from "node:net";
import type { Cancel, Clock } from "../../core/clock.ts";
import { type Frame, Framer } from "../message/framer.ts";
import type { Limits } from "../message/limits.ts";
import type { ListenPoint } from "./types.ts";

/** A double CRLF is answered by a single one (RFC 5626 §3.5.1). */
const PONG = new TextEncoder().encode("\r\n");

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Closed after this long without a byte in either direction. */
  readonly idleMs: number;
  /** Closed after this long without a message of the peer: one that says nothing must not hold a place. */
  readonly firstMessageMs: number;
  /** Given up after this long without being connected. */
  readonly connectMs: number;
  /** Closed when the peer leaves this many bytes unread. */
  readonly maxQueuedBytes: number;
  readonly limits: Limits;
}

export interface ConnectionHandlers {
  /** A message, or what could not be one; keepalives are answered here. */
  frame(frame: Frame): void;
  closed(): void;
}

export interface Remote {
  readonly host: string;
  readonly port: number;
}

/** One TCP or TLS connection, whoever opened it. */
export class StreamConnection {
  readonly flow: number;
  /** The listening point it belongs to: that which accepted it, or from which a peer can reach us again. */
  readonly point: ListenPoint | undefined;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #framer: Framer;
  readonly #handlers: ConnectionHandlers;
  #remote: Remote | undefined;
  /** Until a message comes, the time of the connection: pings alone keep no place. */
  #lastActiveMs: number;
  #heard = false;
  #cancelTimer: Cancel;

  constructor(
    flow: number,
    socket: Socket,
    point: ListenPoint | undefined,
    options: ConnectionOptions,
    handlers: ConnectionHandlers,
  ) {
    this.flow = flow;
    this.point = point;
    this.#socket = socket;
    this.#options = options;
    this.#handlers = handlers;
    this.#framer = new Framer(options.limits);
    this.#lastActiveMs = options.clock.now();
    this.#cancelTimer = socket.connecting
      ? options.clock.after(options.connectMs, () => socket.destroy(new Error("no connection in time")))
      : options.clock.after(options.firstMessageMs, () => this.#checkIdle());
    this.#remote = remoteOf(socket);
    socket.setNoDelay(true);
    socket.once("connect", () => {
      this.#remote = remoteOf(socket);
      this.#cancelTimer();
      this.#lastActiveMs = options.clock.now();
      this.#cancelTimer = options.clock.after(options.firstMessageMs, () => this.#checkIdle());
    });
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    // The reason reaches whoever waits for a write; `close` follows every error.
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#cancelTimer();
      handlers.closed();
    });
  }

  /** Whether it takes messages: not once either end has begun to close it. */
  get usable(): boolean {
    return this.#socket.writable;
  }

  /** The far end, once connected. */
  get remote(): Remote | undefined {
    return this.#remote;
  }

  /** Our end's address, once connected. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Sends bytes after those that wait; `failed` is told when they cannot be delivered to the system. */
  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    if (this.#socket.writableLength + bytes.length > this.#options.maxQueuedBytes) {
      this.#socket.destroy(new Error("the peer does not read"));
    }
    if (this.#heard) this.#lastActiveMs = this.#options.clock.now();
    this.#socket.write(bytes, (error) => {
      if (error) failed(error);
    });
  }

  /** Ends it after what was sent has gone out; nothing more is read. */
  end(): void {
    this.#socket.removeAllListeners("data");
    this.#socket.resume();
    this.#socket.end();
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(this.#options.connectMs, () => this.destroy());
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#framer.push(bytes)) {
      if (frame.type === "message") this.#heard = true;
      if (frame.type === "ping") this.send(PONG, () => {});
      else this.#handlers.frame(frame);
    }
    if (this.#heard) this.#lastActiveMs = this.#options.clock.now();
  }

  /** One timer that looks at the last activity, rather than one started anew for every packet. */
  #checkIdle(): void {
    const { clock, idleMs, firstMessageMs } = this.#options;
    const allowedMs = this.#heard ? idleMs : Math.min(idleMs, firstMessageMs);
    const leftMs = this.#lastActiveMs + allowedMs - clock.now();
    if (leftMs <= 0) this.destroy();
    else this.#cancelTimer = clock.after(leftMs, () => this.#checkIdle());
  }
}

/** Kept from the start: a socket forgets its peer when it closes. */
function remoteOf(socket: Socket): Remote | undefined {
  const { remoteAddress: host, remotePort: port } = socket;
  return host === undefined || port === undefined ? undefined : { host, port };
}

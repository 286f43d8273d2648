import type { Socket } from "node:net";
import { Emitter } from "../../core/emitter.ts";
import { type Failure, type FailureCode, failure, messageOf, sipStatusOf } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Frame } from "../message/framer.ts";
import { DEFAULT_LIMITS } from "../message/limits.ts";
import type { SipMessage } from "../message/message.ts";
import { type Answerable, parseMessage } from "../message/parse.ts";
import { serialize } from "../message/serialize.ts";
import { localAddressFinder } from "./interfaces.ts";
import { isWildcard, listenPointFor } from "./local-address.ts";
import { withReceived } from "./received.ts";
import { responseDestination } from "./response-destination.ts";
import { statelessResponse } from "./stateless-response.ts";
import { type ConnectionOptions, StreamConnection } from "./stream-connection.ts";
import { connectStream, openStream, type StreamListener } from "./stream-listener.ts";
import { type Credentials, readCredentials } from "./tls-credentials.ts";
import type {
  Destination,
  ListenPoint,
  Source,
  Transport,
  TransportEvents,
  TransportOptions,
} from "./types.ts";
import { openUdp, type UdpSocket } from "./udp-socket.ts";

/** Larger does not fit a UDP datagram with its headers, whatever the path. */
const MAX_DATAGRAM = 65_000;
const IDLE_MS = 3_600_000;
const FIRST_MESSAGE_MS = 32_000;
const CONNECT_MS = 10_000;
const MAX_CONNECTIONS = 5_000;
const MAX_QUEUED_BYTES = 1_048_576;

/**
 * Opens every listening point, or none: with one that fails, those already open are closed again
 * (`listen.port-in-use`, `listen.failed`, `config.certificate`).
 */
export async function openTransport(
  listen: readonly ListenPoint[],
  options: TransportOptions,
): Promise<Result<Transport, Failure>> {
  const credentials = options.tls === undefined ? undefined : await readCredentials(options.tls);
  if (credentials?.ok === false) return credentials;
  const transport = new SipTransport(options, credentials?.value);
  for (const point of listen) {
    const problem = await transport.open(point);
    if (problem !== undefined) {
      await transport.close();
      return err(problem);
    }
  }
  return ok(transport);
}

type Failed = (code: FailureCode, detail: string) => void;

class SipTransport implements Transport {
  readonly events = new Emitter<TransportEvents>();
  readonly #credentials: Credentials | undefined;
  readonly #maxConnections: number;
  readonly #connectionOptions: ConnectionOptions;
  readonly #addressFor: (peer: string) => string;
  readonly #sockets = new Map<number, UdpSocket>();
  readonly #listeners: StreamListener[] = [];
  readonly #connections = new Map<number, StreamConnection>();
  /** Connections by "transport host:port" of the far end, so that a second message needs no second connection. */
  readonly #byRemote = new Map<string, StreamConnection>();
  #lastFlow = 0;
  #closed = false;

  constructor(options: TransportOptions, credentials: Credentials | undefined) {
    this.#credentials = credentials;
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#connectionOptions = {
      clock: options.clock,
      idleMs: options.idleMs ?? IDLE_MS,
      firstMessageMs: FIRST_MESSAGE_MS,
      connectMs: CONNECT_MS,
      maxQueuedBytes: options.maxQueuedBytes ?? MAX_QUEUED_BYTES,
      limits: DEFAULT_LIMITS,
    };
    this.#addressFor = localAddressFinder(options.clock);
  }

  get listening(): readonly ListenPoint[] {
    return [...this.#sockets.values(), ...this.#listeners].map(({ point }) => point);
  }

  /** Opens one more listening point. */
  async open(point: ListenPoint): Promise<Failure | undefined> {
    if (point.transport === "udp") return this.#openUdp(point);
    if (point.transport === "tls" && this.#credentials === undefined)
      return failure("config.certificate", "sip.tls is not set");
    const opened = await openStream(point, this.#credentials, this.#maxConnections, (socket, where) =>
      this.#adopt(socket, where, {
        ...where,
        host: socket.remoteAddress ?? "",
        port: socket.remotePort ?? 0,
      }),
    );
    if (!opened.ok) return opened.error;
    this.#listeners.push(opened.value);
    return undefined;
  }

  async #openUdp(point: ListenPoint): Promise<Failure | undefined> {
    const flow = ++this.#lastFlow;
    const opened = await openUdp(point, (bytes, { address: host, port }) => {
      const at = this.#sockets.get(flow)?.point ?? point;
      const localAddress = this.#advertised(at, host);
      this.#receive(bytes, { transport: "udp", host, port, flow, localAddress, localPort: at.port });
    });
    if (!opened.ok) return opened.error;
    this.#sockets.set(flow, opened.value);
    return undefined;
  }

  localFor(to: Destination): { readonly address: string; readonly port: number } {
    const connection = this.#connectionTo(to);
    const flowing = to.flow === undefined ? undefined : this.#sockets.get(to.flow)?.point;
    const point = flowing ?? connection?.point ?? listenPointFor(this.listening, to) ?? this.listening[0];
    const address = connection?.localAddress ?? this.#advertised(point, to.host);
    return { address, port: point?.port ?? 0 };
  }

  #advertised(point: ListenPoint | undefined, peer: string): string {
    return point === undefined || isWildcard(point.address) ? this.#addressFor(peer) : point.address;
  }

  send(message: SipMessage, to: Destination, onFailure?: (failure: Failure) => void): void {
    let told = false;
    const failed: Failed = (code, detail) => {
      if (told) return;
      told = true;
      // Never before `send` has returned: the caller may still be setting up what the failure ends.
      queueMicrotask(() => onFailure?.(failure(code, `${to.transport}:${to.host}:${to.port} ${detail}`)));
    };
    const host = to.host.replace(/^\[|\]$/g, "");
    const validPort = Number.isInteger(to.port) && to.port > 0 && to.port <= 65_535;
    if (this.#closed) failed("sip.transport", "the transport is closed");
    else if (host === "" || !validPort) failed("sip.transport", "no such address");
    else if (to.transport === "udp") this.#sendDatagram(serialize(message), { ...to, host }, failed);
    else this.#sendOnStream(serialize(message), { ...to, host }, failed);
  }

  #sendDatagram(bytes: Uint8Array, to: Destination, failed: Failed): void {
    const socket = (to.flow === undefined ? undefined : this.#sockets.get(to.flow)) ?? this.#socketTo(to);
    if (bytes.length > MAX_DATAGRAM) failed("sip.too-large", `${bytes.length} octets over UDP`);
    else if (socket === undefined) failed("sip.transport", "no UDP listening point of that address family");
    else socket.send(bytes, to.host, to.port, (error) => failed("sip.transport", error.message));
  }

  #socketTo(to: Destination): UdpSocket | undefined {
    const sockets = [...this.#sockets.values()];
    const points = sockets.map((socket) => socket.point);
    const point = listenPointFor(points, to);
    return sockets.find((socket) => socket.point === point);
  }

  #sendOnStream(bytes: Uint8Array, to: Destination, failed: Failed): void {
    const connection = this.#connectionTo(to) ?? this.#connect(to);
    if (connection === undefined) failed("sip.transport", "too many connections");
    else connection.send(bytes, (error) => failed("sip.transport", error.message));
  }

  #connectionTo(to: Destination): StreamConnection | undefined {
    const flowing = to.flow === undefined ? undefined : this.#connections.get(to.flow);
    if (flowing?.usable) return flowing;
    const known = this.#byRemote.get(remoteKey(to));
    return known?.usable ? known : undefined;
  }

  #connect(to: Destination): StreamConnection | undefined {
    if (this.#connections.size >= this.#maxConnections) return undefined;
    return this.#adopt(connectStream(to, this.#credentials?.ca), listenPointFor(this.listening, to), to);
  }

  /** Takes a connection over, ours or a peer's, until it closes. */
  #adopt(socket: Socket, point: ListenPoint | undefined, to: Destination): StreamConnection {
    const flow = ++this.#lastFlow;
    const key = remoteKey(to);
    const connection = new StreamConnection(flow, socket, point, this.#connectionOptions, {
      frame: (frame) => this.#receiveFrame(frame, connection, to),
      closed: () => {
        this.#connections.delete(flow);
        if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
        this.events.emit("closed", flow);
      },
    });
    this.#connections.set(flow, connection);
    this.#byRemote.set(key, connection);
    return connection;
  }

  #receiveFrame(frame: Frame, connection: StreamConnection, to: Destination): void {
    const { flow, localAddress, point } = connection;
    const source: Source = {
      transport: to.transport,
      host: connection.remote?.host ?? to.host,
      port: connection.remote?.port ?? to.port,
      flow,
      localAddress: localAddress ?? this.#advertised(point, to.host),
      localPort: point?.port ?? 0,
    };
    if (frame.type === "message") this.#receive(frame.bytes, source);
    if (frame.type !== "broken") return;
    // RFC 3261 §18.3 leaves nothing to hold on to: say 400 where somebody can hear it, and hang up.
    const head = frame.head === undefined ? undefined : parseMessage(frame.head);
    const request = head?.ok ? head.value : head?.error.answerable;
    this.#refuse(frame.failure, request !== undefined && "method" in request ? request : undefined, source);
    connection.end();
  }

  #receive(bytes: Uint8Array, source: Source): void {
    if (isKeepAlive(bytes)) return;
    const parsed = parseMessage(bytes);
    if (!parsed.ok) this.#refuse(parsed.error, parsed.error.answerable, source);
    else if (parsed.value.type === "response") this.events.emit("message", parsed.value, source);
    else this.events.emit("message", withReceived(parsed.value, source.host, source.port), source);
  }

  /** Answers what cannot be understood, where an answer is due: to no response and no ACK, so that no loop arises. */
  #refuse(why: Failure, request: Answerable | undefined, source: Source): void {
    const { code, detail } = why;
    if (request !== undefined && request.method !== "ACK") {
      const answerable = withReceived(request, source.host, source.port);
      const refusal = statelessResponse(answerable, sipStatusOf(why), { reason: messageOf(why) });
      this.send(refusal, responseDestination(answerable, source));
    }
    this.events.emit("malformed", { code, detail }, source);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.destroy();
    await Promise.all([...this.#sockets.values(), ...this.#listeners].map((one) => one.close()));
  }
}

function remoteKey({ transport, host, port }: Destination): string {
  return `${transport} ${host}:${port}`;
}

/** Nothing, CRLF or zeros, that a phone sends to keep its NAT open: no SIP at all. */
function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet === 13 || octet === 10 || octet === 0 || octet === 32);
}

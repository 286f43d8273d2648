/**
 * The media engine without sockets: takes datagrams, the matrix and the clock, and sends through each port's `PortIo`. It
 * never decides who hears whom, only the matrix does; per packet and per tick it allocates nothing and throws nothing.
 */
import type { Clock } from "../../core/clock.ts";
import { G711_CODECS } from "../../rtp/codec/g711.ts";
import { digitOf, EVENT_LENGTH } from "../../rtp/dtmf.ts";
import {
  isRtp,
  marker,
  payloadLength,
  payloadOffset,
  payloadType,
  sequenceNumber,
  ssrc,
  timestamp,
} from "../../rtp/packet.ts";
import { type Matrix, type PortId, SILENCE } from "../matrix.ts";
import type { PortMedia, PortStatistics } from "./media-engine.ts";
import { Mixer, type Packet } from "./mixer.ts";
import { Pacer } from "./pacer.ts";
import { MAX_SAMPLES, Port, type PortIo, type Random, type StreamIdentity } from "./port.ts";
import type { News } from "./protocol.ts";
import { Reporter } from "./reporter.ts";
import { type Route, routesOf } from "./routes.ts";

/** The mixer's frame, ms. */
const TICK_MS = 20;
/** How often reports and silence are looked after, ms: fine enough for timeouts of seconds. */
const CARE_MS = 250;

/** One call: its matrix as ordered, and what that means for the ports that are open. */
interface Call {
  matrix: Matrix;
  routes: readonly Route[];
  readonly ports: Map<PortId, Port>;
}

export class EngineCore {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tell: (news: News) => void;
  readonly #mixer = new Mixer();
  readonly #reporter: Reporter;
  readonly #ticks: Pacer;
  readonly #care: Pacer;
  readonly #ports = new Map<PortId, Port>();
  readonly #calls = new Map<string, Call>();
  /** The same as flat arrays, for what runs often. */
  #allPorts: readonly Port[] = [];
  #mixedRoutes: readonly Route[] = [];
  #lastNumber = 0;
  readonly #packet: Packet = {
    data: new Uint8Array(),
    codec: G711_CODECS.PCMU,
    payloadOffset: 0,
    payloadLength: 0,
    ssrc: 0,
    sequence: 0,
    timestamp: 0,
    marker: false,
  };

  /** `tell` hears of digits and of legs fallen silent. */
  constructor(clock: Clock, random: Random, tell: (news: News) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#tell = tell;
    this.#reporter = new Reporter(clock, random);
    this.#ticks = new Pacer(clock, TICK_MS, (now) => this.#tick(now));
    this.#care = new Pacer(clock, CARE_MS, (now) => this.#careForPorts(now));
  }

  /**
   * Adds a port that sends through `io`. It is silent until it is configured and the matrix names it. With the `identity` of
   * a port that was elsewhere, its listener's stream goes on.
   */
  open(id: PortId, callId: string, io: PortIo, timeoutMs: number, identity?: StreamIdentity): Port {
    const now = this.#clock.now();
    const port = new Port(id, callId, ++this.#lastNumber, io, timeoutMs, now, this.#random, identity);
    this.#ports.set(id, port);
    this.#join(port);
    return port;
  }

  /** Takes a port out of its call's matrix, says goodbye to its peer, and returns its last counters. */
  close(id: PortId): PortStatistics | undefined {
    const port = this.#take(id);
    if (port === undefined) return undefined;
    this.#reporter.sayGoodbye(port);
    return port.statistics;
  }

  /** Takes a port out, to be opened again elsewhere: its peer is told nothing. */
  surrender(id: PortId): StreamIdentity | undefined {
    return this.#take(id)?.identity;
  }

  /** Takes a port from its call to another one: silent there until that call's matrix names it. */
  move(id: PortId, callId: string): void {
    const port = this.#ports.get(id);
    if (port === undefined) return;
    this.#leave(port);
    port.call = callId;
    this.#join(port);
  }

  /** Sets what was negotiated; the peer's source is learned anew. */
  configure(id: PortId, media: PortMedia): void {
    this.#ports.get(id)?.configure(media, this.#clock.now());
  }

  /** Replaces the whole matrix of a call. Ports it names that are not open yet join when they open. */
  setMatrix(callId: string, matrix: Matrix): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    call.matrix = matrix;
    this.#route(call);
  }

  statistics(id: PortId): PortStatistics | undefined {
    return this.#ports.get(id)?.statistics;
  }

  /** Takes a datagram from a port's RTP socket: `length` bytes of `data`, from `address` and `from`. */
  receiveRtp(port: Port, data: Uint8Array, length: number, address: string, from: number): void {
    if (!isRtp(data, length)) {
      port.malformed++;
      return;
    }
    const type = payloadType(data);
    const octets = payloadLength(data, length);
    const isEvent = type === port.receiveEventType && octets >= EVENT_LENGTH;
    const codec = isEvent ? port.codec : port.codecOf(type);
    if (codec === undefined || octets > MAX_SAMPLES) {
      port.malformed++;
      return;
    }
    const now = this.#clock.now();
    const packet = this.#packet;
    packet.ssrc = ssrc(data);
    const verdict = port.lock.accept(address, from, packet.ssrc, now);
    if (verdict === "stranger") {
      port.strangers++;
      return;
    }
    if (verdict === "restarted") port.restart();
    packet.data = data;
    packet.codec = codec;
    packet.payloadOffset = payloadOffset(data);
    packet.payloadLength = octets;
    packet.sequence = sequenceNumber(data);
    packet.timestamp = timestamp(data);
    packet.marker = marker(data);
    this.#receive(port, packet, isEvent, now);
  }

  /** Takes a datagram from a port's RTCP socket. */
  receiveRtcp(port: Port, data: Uint8Array, length: number, address: string, from: number): void {
    this.#reporter.receive(port, data, length, address, from, this.#clock.now());
  }

  #receive(port: Port, packet: Packet, isEvent: boolean, now: number): void {
    port.received++;
    port.receivedOctets += packet.payloadLength;
    port.aliveAt = now;
    port.silenceTold = false;
    // A jump that the statistics still doubt is served all the same: the listeners' timelines take it as a restart.
    port.reception.receive(packet.sequence, packet.timestamp, now);
    // An empty payload is a keepalive (RFC 6263 §4.1): it opens a NAT and says nothing.
    if (packet.payloadLength === 0) return;
    if (!isEvent) {
      port.heardAt = now;
      if (this.#mixer.serveAudio(port, packet, now)) port.late++;
      return;
    }
    const { data, payloadOffset: offset, payloadLength: octets } = packet;
    const event = port.dtmf.accept(data, offset, octets, packet.timestamp, packet.marker);
    const digit = event < 0 ? undefined : digitOf(event);
    if (digit !== undefined) this.#tell({ type: "digit", port: port.id, digit });
    if (this.#mixer.serveEvent(port, packet, now)) port.late++;
  }

  #tick(now: number): void {
    const routes = this.#mixedRoutes;
    for (let i = 0; i < routes.length; i++) this.#mixer.fillIn(routes[i]!, now);
  }

  #careForPorts(now: number): void {
    const ports = this.#allPorts;
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i]!;
      this.#reporter.reportIfDue(port, now);
      if (!port.isSilent(now)) continue;
      port.silenceTold = true;
      this.#tell({ type: "silent", port: port.id });
    }
  }

  #take(id: PortId): Port | undefined {
    const port = this.#ports.get(id);
    if (port === undefined) return undefined;
    this.#ports.delete(id);
    this.#leave(port);
    return port;
  }

  #join(port: Port): void {
    const call = this.#calls.get(port.call) ?? { matrix: SILENCE, routes: [], ports: new Map() };
    this.#calls.set(port.call, call);
    call.ports.set(port.id, port);
    this.#portsChanged(call);
  }

  #leave(port: Port): void {
    const call = this.#calls.get(port.call);
    if (call === undefined) return;
    call.ports.delete(port.id);
    if (call.ports.size === 0) this.#calls.delete(port.call);
    port.clocks = [];
    port.feeds = [];
    this.#portsChanged(call);
  }

  #portsChanged(call: Call): void {
    this.#route(call);
    this.#allPorts = [...this.#ports.values()];
    if (this.#allPorts.length > 0) this.#care.start();
    else this.#care.stop();
  }

  /** Swaps a call's routes for those its matrix and its open ports now make. Nothing is served in between: it is one thread. */
  #route(call: Call): void {
    const before = call.routes;
    call.routes = routesOf(call.matrix, call.ports, before);
    for (const port of call.ports.values()) {
      if (partnerOf(port, before) !== partnerOf(port, call.routes)) port.timeline.unbind();
      port.clocks = call.routes.filter((route) => route.partner === port);
      port.feeds = call.routes.flatMap((route) => route.others.filter((feed) => feed.speaker === port));
    }
    this.#mixedRoutes = [...this.#calls.values()].flatMap((one) =>
      one.routes.filter((route) => route.others.length > 0),
    );
    if (this.#mixedRoutes.length > 0) this.#ticks.start();
    else this.#ticks.stop();
  }
}

function partnerOf(listener: Port, routes: readonly Route[]): Port | undefined {
  return routes.find((route) => route.listener === listener)?.partner;
}

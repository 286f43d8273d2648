/**
 * The state of one port: what the engine knows of a leg's media as a speaker and as a listener. Pure data with its
 * counters; everything the hot path writes to is made here, when the port opens.
 */
import type { Codec } from "../../rtp/codec/codec.ts";
import { G711_CODECS } from "../../rtp/codec/g711.ts";
import { DtmfReceiver } from "../../rtp/dtmf.ts";
import { HEADER_LENGTH } from "../../rtp/packet.ts";
import { ReceiverStatistics } from "../../rtp/receiver-statistics.ts";
import { SourceLock } from "../../rtp/source-lock.ts";
import type { PortId } from "../matrix.ts";
import type { Feed } from "./feed.ts";
import type { PortMedia, PortStatistics } from "./media-engine.ts";
import type { Route } from "./routes.ts";
import { Timeline } from "./timeline.ts";

/** 60 ms at 8000 Hz: the longest packet that is mixed or relayed. */
export const MAX_SAMPLES = 480;
/** Its bytes, in a codec of a byte per sample. */
const MAX_PACKET = HEADER_LENGTH + MAX_SAMPLES;
/**
 * Packets a socket may hold on to before their bytes are read: when its queue is full it keeps a reference, not a copy.
 * 8 packets are 160 ms; a queue that stands still for longer has lost the call anyway, and more would be cold memory.
 */
const SEND_RING = 8;

/** How a port sends. The engine gives a buffer away until it comes round in the ring. */
export interface PortIo {
  sendRtp(buffer: Uint8Array, length: number, port: number, address: string): void;
  sendRtcp(buffer: Uint8Array, length: number, port: number, address: string): void;
}

/** By what a listener knows the stream it is sent: it goes with a port that moves to another host. Plain data. */
export interface StreamIdentity {
  readonly ssrc: number;
  readonly cname: string;
  /** Of the next packet. */
  readonly sequence: number;
  readonly timestamp: number;
  /** Packets and octets so far. */
  readonly sent: number;
  readonly sentOctets: number;
}

/** Random numbers in [0, 1). */
export type Random = () => number;

export class Port {
  readonly id: PortId;
  call: string;
  /** Tells this port from every other one of the engine, as a number. */
  readonly number: number;
  readonly io: PortIo;
  readonly ssrc: number;
  readonly timeoutMs: number;

  /** What was negotiated; nothing is received or sent before. */
  codec: Codec = G711_CODECS.PCMU;
  /** The peer can be sent to: it is configured, and its SDP names somewhere to send. */
  sendable = false;
  /** Payload types; -1 where none was negotiated. */
  sendPayloadType = -1;
  receivePayloadType = -1;
  /** What came before the last negotiation: packets of it may still be on their way (RFC 3264 §8.3.2). */
  formerPayloadType = -1;
  formerCodec: Codec = G711_CODECS.PCMU;
  sendEventType = -1;
  receiveEventType = -1;
  /** Where the SDP says RTP and RTCP go, and where RTCP was seen to come from; 0 for nowhere yet. */
  describedPort = 0;
  rtcpPort = 0;
  learnedRtcpPort = 0;

  // As a speaker.
  readonly lock = new SourceLock();
  readonly reception = new ReceiverStatistics(8000);
  readonly dtmf = new DtmfReceiver();
  /** The routes this port clocks, and the buffers it fills; both replaced with the matrix. */
  clocks: readonly Route[] = [];
  feeds: readonly Feed<Port>[] = [];
  /** When audio last came. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** When anything last came from the locked source, or the port was configured. */
  aliveAt: number;
  silenceTold = false;
  received = 0;
  receivedOctets = 0;
  strangers = 0;
  malformed = 0;
  late = 0;

  // As a listener.
  readonly timeline: Timeline;
  /** From when on the tick serves this listener, unless its partner does first. */
  overdueAt = Number.NEGATIVE_INFINITY;
  sent = 0;
  sentOctets = 0;
  /** When the last packet was sent; its timestamp is the timeline's. */
  sentAt = 0;
  readonly #ring: readonly Uint8Array[];
  #ringIndex = 0;

  /** Tells this port to its peer, and to nobody else (RFC 7022). */
  readonly cname: string;
  /** When the next RTCP report is due; -Infinity before the first is planned. */
  reportAt = Number.NEGATIVE_INFINITY;
  roundTripMs = 0;

  constructor(
    id: PortId,
    call: string,
    number: number,
    io: PortIo,
    timeoutMs: number,
    now: number,
    random: Random,
    identity?: StreamIdentity,
  ) {
    this.id = id;
    this.call = call;
    this.number = number;
    this.io = io;
    this.timeoutMs = timeoutMs;
    this.aliveAt = now;
    const { ssrc, cname, sequence, timestamp, sent, sentOctets } = identity ?? freshIdentity(random);
    this.ssrc = ssrc;
    this.cname = cname;
    this.timeline = new Timeline(sequence, timestamp);
    this.sent = sent;
    this.sentOctets = sentOctets;
    // One block of memory for the ring: each one that crosses to the socket has a price of its own.
    const memory = new ArrayBuffer(SEND_RING * MAX_PACKET);
    this.#ring = Array.from(
      { length: SEND_RING },
      (_, i) => new Uint8Array(memory, i * MAX_PACKET, MAX_PACKET),
    );
  }

  /** Sets what was negotiated; the peer's source is learned anew. */
  configure(media: PortMedia, now: number): void {
    const { address, port } = media.remote;
    this.sendPayloadType = media.sendPayloadType;
    this.formerPayloadType = this.receivePayloadType;
    this.formerCodec = this.codec;
    this.receivePayloadType = media.receivePayloadType;
    this.sendEventType = media.sendEventType ?? -1;
    this.receiveEventType = media.receiveEventType ?? -1;
    this.describedPort = port;
    this.rtcpPort = media.remote.rtcpPort;
    this.learnedRtcpPort = 0;
    this.codec = G711_CODECS[media.codec];
    // RFC 2543 spelled hold as an address of nowhere; port 0 is a stream refused (RFC 3264 §8.4, §6).
    this.sendable = port !== 0 && address !== "0.0.0.0" && address !== "::";
    this.lock.learn(address, port);
    this.aliveAt = now;
    this.silenceTold = false;
  }

  /** The codec of a packet with this payload type; undefined where none was negotiated under it. */
  codecOf(type: number): Codec | undefined {
    if (type === this.receivePayloadType) return this.codec;
    return type === this.formerPayloadType ? this.formerCodec : undefined;
  }

  /** Nothing came for the port's timeout, and nobody was told yet. */
  isSilent(now: number): boolean {
    const watched = this.timeoutMs > 0 && this.receivePayloadType >= 0 && !this.silenceTold;
    return watched && now - this.aliveAt >= this.timeoutMs;
  }

  /** The peer's stream begins anew: nothing of the one before says anything about it. */
  restart(): void {
    this.reception.restart();
    this.dtmf.reset();
    for (let i = 0; i < this.feeds.length; i++) this.feeds[i]!.buffer.reset();
  }

  get identity(): StreamIdentity {
    const { ssrc, cname, timeline, sent, sentOctets } = this;
    return { ssrc, cname, sequence: timeline.next, timestamp: timeline.end, sent, sentOctets };
  }

  get statistics(): PortStatistics {
    return {
      received: this.received,
      sent: this.sent,
      receivedOctets: this.receivedOctets,
      sentOctets: this.sentOctets,
      lost: this.reception.lost,
      jitterMs: this.reception.jitterMs,
      strangers: this.strangers,
      malformed: this.malformed,
      late: this.late,
      roundTripMs: this.roundTripMs,
    };
  }

  /** The next buffer to write a packet into. */
  nextBuffer(): Uint8Array {
    this.#ringIndex = (this.#ringIndex + 1) % SEND_RING;
    return this.#ring[this.#ringIndex]!;
  }
}

/** RFC 3550 §5.1 wants SSRC, sequence number and timestamp random. */
function freshIdentity(random: Random): StreamIdentity {
  return {
    ssrc: Math.floor(random() * 2 ** 32),
    cname: random().toString(36).slice(2),
    sequence: Math.floor(random() * 2 ** 16),
    timestamp: Math.floor(random() * 2 ** 32),
    sent: 0,
    sentOctets: 0,
  };
}

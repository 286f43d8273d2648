/**
 * Decides when a port reports to its peer by RTCP and what (RFC 3550 §6), and takes in what the peer reports. Runs a few
 * times a minute per port, so it may make objects. It must never tell one leg anything about another: the CNAME is the port's own.
 */
import type { Clock } from "../../core/clock.ts";
import {
  parseRtcp,
  type ReportBlock,
  roundTripMs,
  type SenderInfo,
  writeGoodbye,
  writeReport,
} from "../../rtp/rtcp.ts";
import { rtcpIntervalMs } from "../../rtp/rtcp-interval.ts";
import { addTimestamp } from "../../rtp/sequence.ts";
import type { Port, Random } from "./port.ts";

const MAX_COMPOUND = 256;
/** Who has sent nothing for two intervals is no sender any more (RFC 3550 §6.3.8), ms. */
const SENDER_MS = 10_000;
const TICKS_PER_MS = 8;

export class Reporter {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Sends a report when the port's interval has passed. */
  reportIfDue(port: Port, now: number): void {
    if (!port.sendable || now < port.reportAt) return;
    const first = port.reportAt === Number.NEGATIVE_INFINITY;
    port.reportAt = now + rtcpIntervalMs(this.#random(), first);
    if (first) return;
    // A buffer of its own: the socket may hold on to it, and this is rare.
    const buffer = new Uint8Array(MAX_COMPOUND);
    send(
      port,
      buffer,
      writeReport(buffer, port.ssrc, port.cname, this.#sender(port, now), blockOf(port, now)),
    );
  }

  /** Tells the peer that this source is leaving, if it ever was one. */
  sayGoodbye(port: Port): void {
    if (!port.sendable || port.sent === 0) return;
    const buffer = new Uint8Array(MAX_COMPOUND);
    send(port, buffer, writeGoodbye(buffer, port.ssrc, port.cname));
  }

  /** Takes a datagram from the RTCP socket. Only the host that the audio comes from is believed. */
  receive(port: Port, data: Uint8Array, length: number, address: string, from: number, now: number): void {
    if (address !== port.lock.address) return;
    const report = parseRtcp(data, length);
    if (report === undefined) return;
    port.learnedRtcpPort = from;
    if (report.sender !== undefined && report.ssrc === port.lock.ssrc) {
      port.reception.senderReport(report.sender.middleNtp, now);
    }
    for (const block of report.blocks) {
      if (block.ssrc !== port.ssrc) continue;
      port.roundTripMs = roundTripMs(this.#clock.wallNow(), block) ?? port.roundTripMs;
    }
  }

  #sender(port: Port, now: number): SenderInfo | undefined {
    if (port.sent === 0 || now - port.sentAt > SENDER_MS) return undefined;
    return {
      wallMs: this.#clock.wallNow(),
      timestamp: addTimestamp(port.timeline.timestamp, Math.round((now - port.sentAt) * TICKS_PER_MS)),
      packets: port.sent,
      octets: port.sentOctets,
    };
  }
}

function blockOf(port: Port, now: number): ReportBlock | undefined {
  const { lock, reception } = port;
  if (lock.ssrc === undefined) return undefined;
  return {
    ssrc: lock.ssrc,
    fractionLost: reception.takeFractionLost(),
    cumulativeLost: reception.lost,
    extendedHighestSequence: reception.extendedHighestSequence,
    jitter: reception.jitter,
    lastSenderReport: reception.lastSenderReport,
    delaySinceLastSenderReport: reception.delaySinceLastSenderReport(now),
  };
}

/** To where the peer's RTCP comes from; else as its SDP says; else, where its RTP comes from elsewhere, to the port above that. */
function send(port: Port, buffer: Uint8Array, length: number): void {
  const described = port.lock.port === port.describedPort ? port.rtcpPort : port.lock.port + 1;
  port.io.sendRtcp(buffer, length, port.learnedRtcpPort || described, port.lock.address);
}

/**
 * Decides what each listener is sent when its partner's packet arrives, or when the tick stands in for it: the partner's
 * own bytes where nobody else sounds (promise 2), the clipped sum of all it hears otherwise, both on the listener's one
 * timeline. Hot: it allocates nothing per packet, and must never read a speaker that the route does not name.
 */
import type { Codec } from "../../rtp/codec/codec.ts";
import { HEADER_LENGTH, writeHeader } from "../../rtp/packet.ts";
import { accumulate, clipTo } from "../kernels.ts";
import { UNITY } from "../matrix.ts";
import type { Feed } from "./feed.ts";
import { MAX_SAMPLES, type Port } from "./port.ts";
import type { Route } from "./routes.ts";
import { LATE, NEXT } from "./timeline.ts";

/** The tick's frame: 20 ms at 8000 Hz. */
export const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;
/** A partner is overdue when it has been silent for three frames of 20 ms, or three of its own if those are longer. */
const OVERDUE_FRAMES = 3;
const OVERDUE_MS = 60;
/** The packets of a key follow each other closer than this (RFC 4733 §2.6 has them every 50 ms); what is longer was a pause before it. */
const MAX_KEY_PAUSE_MS = 100;
/** Another speaker counts as sounding for so long after its last packet; the tick sends nothing for nobody, ms. */
const SOUNDING_MS = 200;
/** A longer hole in the partner's stream (a second) is a pause, through which the others' buffers keep themselves short. */
const MAX_SKIPPED_FRAMES = 50;

/** The packet at hand: one object per engine, refilled for each. */
export interface Packet {
  data: Uint8Array;
  /** Its own, which its payload type names: after a new negotiation the old one comes for a moment still. */
  codec: Codec;
  payloadOffset: number;
  payloadLength: number;
  ssrc: number;
  sequence: number;
  timestamp: number;
  marker: boolean;
}

export class Mixer {
  readonly #sum = new Int32Array(MAX_SAMPLES);
  readonly #clipped = new Int16Array(MAX_SAMPLES);
  readonly #decoded = new Int16Array(MAX_SAMPLES);
  #isDecoded = false;

  /**
   * Serves every listener that `speaker` clocks with an audio packet, then gives it to those who hear it on another clock.
   * Returns whether the packet came too late for a listener.
   */
  serveAudio(speaker: Port, packet: Packet, now: number): boolean {
    this.#isDecoded = false;
    let late = false;
    const { clocks, feeds } = speaker;
    for (let i = 0; i < clocks.length; i++) {
      if (!this.#serveListener(clocks[i]!, speaker, packet, now)) late = true;
    }
    if (feeds.length > 0) {
      const samples = this.#decode(packet);
      for (let i = 0; i < feeds.length; i++) {
        feeds[i]!.buffer.write(packet.timestamp, samples, 0, packet.payloadLength, now);
      }
    }
    return late;
  }

  /**
   * Passes a telephone-event packet on to the listeners that `speaker` clocks and whose row says so. For the others the
   * packet never was: no number is spent on it, and they are sent frames without the speaker in its place.
   */
  serveEvent(speaker: Port, packet: Packet, now: number): boolean {
    let late = false;
    const { clocks } = speaker;
    for (let i = 0; i < clocks.length; i++) {
      const route = clocks[i]!;
      const { listener } = route;
      if (!listener.sendable) continue;
      const type = listener.sendEventType;
      if (type < 0 || !route.partnerDigits || route.partnerGainQ8 === 0) {
        listener.timeline.leaveOut();
        this.#passOver(route, now);
        continue;
      }
      const { timeline } = listener;
      if (timeline.placeEvent(speaker.number, packet.ssrc, packet.sequence, packet.timestamp) === LATE) {
        late = true;
        continue;
      }
      const buffer = begin(listener, type, packet.marker && !timeline.rebound);
      copyPayload(packet, buffer);
      send(listener, buffer, packet.payloadLength, now);
      listener.overdueAt = now + OVERDUE_MS;
    }
    return late;
  }

  /** Stands in for a partner that is overdue, where somebody else sounds. */
  fillIn(route: Route, now: number): void {
    const { listener } = route;
    if (!listener.sendable || now < listener.overdueAt || !isSounding(route.others, now)) return;
    this.#sendFrame(route, now);
  }

  /**
   * For the time of a key that the listener does not get it is sent a frame for each 20 ms since its last one, of silence and
   * whoever else it hears: packets of a key may come every 50 ms, and its three ends at once.
   */
  #passOver(route: Route, now: number): void {
    const { listener } = route;
    if (route.partnerGainQ8 === 0 && route.others.length === 0) return;
    const pause = now - listener.sentAt;
    const frames = pause > MAX_KEY_PAUSE_MS ? 1 : Math.round((pause * SAMPLES_PER_MS) / FRAME_SAMPLES);
    for (let i = 0; i < frames; i++) this.#sendFrame(route, now);
    listener.overdueAt = now + OVERDUE_MS;
  }

  /** Sends the listener the next 20 ms of its timeline, without its partner. */
  #sendFrame(route: Route, now: number): void {
    const { listener } = route;
    listener.timeline.fill(FRAME_SAMPLES);
    this.#sumOthers(route.others, FRAME_SAMPLES, now);
    const buffer = begin(listener, listener.sendPayloadType, false);
    this.#encode(listener, buffer, FRAME_SAMPLES);
    send(listener, buffer, FRAME_SAMPLES, now);
  }

  /** Relays or mixes one packet for one listener; false where it came too late. */
  #serveListener(route: Route, speaker: Port, packet: Packet, now: number): boolean {
    const { listener, others, partnerGainQ8 } = route;
    const { timeline } = listener;
    if (!listener.sendable || (partnerGainQ8 === 0 && others.length === 0)) return true;
    // G.711: a byte is a sample.
    const samples = packet.payloadLength;
    const placement = timeline.placeAudio(
      speaker.number,
      packet.ssrc,
      packet.sequence,
      packet.timestamp,
      samples,
    );
    if (placement === LATE) return false;
    const buffer = begin(listener, listener.sendPayloadType, packet.marker && !timeline.rebound);
    let othersSound = false;
    // An overtaken packet's slot was passed already: the others' audio for it is gone.
    if (placement === NEXT) {
      skip(others, timeline.missed);
      othersSound = this.#sumOthers(others, samples, now);
      listener.overdueAt = now + Math.max(OVERDUE_MS, (OVERDUE_FRAMES * samples) / SAMPLES_PER_MS);
    }
    if (!othersSound && partnerGainQ8 === UNITY && listener.codec === packet.codec) {
      copyPayload(packet, buffer);
    } else {
      if (!othersSound) this.#sum.fill(0, 0, samples);
      if (partnerGainQ8 > 0) accumulate(this.#sum, this.#decode(packet), partnerGainQ8, samples);
      this.#encode(listener, buffer, samples);
    }
    send(listener, buffer, samples, now);
    return true;
  }

  /** The packet's samples, decoded once whoever asks. */
  #decode(packet: Packet): Int16Array {
    if (!this.#isDecoded) {
      packet.codec.decode(packet.data, packet.payloadOffset, packet.payloadLength, this.#decoded, 0);
      this.#isDecoded = true;
    }
    return this.#decoded;
  }

  /** Clips the sum, once, and writes it in the listener's codec. */
  #encode(listener: Port, buffer: Uint8Array, samples: number): void {
    clipTo(this.#sum, this.#clipped, samples);
    listener.codec.encode(this.#clipped, 0, samples, buffer, HEADER_LENGTH);
  }

  /** Leaves the sum of the others' next samples in `#sum`; false where none of them sounds. */
  #sumOthers(others: readonly Feed<Port>[], samples: number, now: number): boolean {
    this.#sum.fill(0, 0, samples);
    let sounds = false;
    for (let i = 0; i < others.length; i++) {
      if (others[i]!.addTo(this.#sum, samples, now)) sounds = true;
    }
    return sounds;
  }
}

function isSounding(others: readonly Feed<Port>[], now: number): boolean {
  for (let i = 0; i < others.length; i++) {
    if (now - others[i]!.speaker.heardAt < SOUNDING_MS) return true;
  }
  return false;
}

/** Moves the others on by the time the listener was not served. */
function skip(others: readonly Feed<Port>[], missedSamples: number): void {
  const frames = Math.min(MAX_SKIPPED_FRAMES, Math.round(missedSamples / FRAME_SAMPLES));
  if (frames === 0) return;
  for (let i = 0; i < others.length; i++) others[i]!.buffer.skip(frames);
}

/** A buffer of the listener with the header for where its timeline now is. */
function begin(listener: Port, payloadType: number, marker: boolean): Uint8Array {
  const buffer = listener.nextBuffer();
  const { sequence, timestamp } = listener.timeline;
  writeHeader(buffer, payloadType, marker, sequence, timestamp, listener.ssrc);
  return buffer;
}

function copyPayload(packet: Packet, buffer: Uint8Array): void {
  const { data, payloadOffset, payloadLength } = packet;
  for (let i = 0; i < payloadLength; i++) buffer[HEADER_LENGTH + i] = data[payloadOffset + i]!;
}

function send(listener: Port, buffer: Uint8Array, payloadLength: number, now: number): void {
  listener.sent++;
  listener.sentOctets += payloadLength;
  listener.sentAt = now;
  const { lock } = listener;
  listener.io.sendRtp(buffer, HEADER_LENGTH + payloadLength, lock.port, lock.address);
}

/**
 * Telephone-events (RFC 4733) both ways: which packet begins a key press, and which payloads say one. Pure and
 * allocation-free. A press must be reported once, at its first packet, whatever is lost, repeated or reordered.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---------------+-+-+-----------+-------------------------------+
 *    |     event     |E|R|  volume   |     duration (clock ticks)    |
 *    +---------------+-+-+-----------+-------------------------------+
 */
import { addTimestamp, timestampDifference } from "./sequence.ts";

/** Bytes of a telephone-event payload. */
export const EVENT_LENGTH = 4;
const END = 0x80;
const MAX_DURATION = 0xffff;

/** Digits by their event code (RFC 4733 §3.2, table 3). */
const DIGITS = "0123456789*#ABCD";

/** The digit of an event code; undefined for an event that is no digit (flash, tones, -1). */
export function digitOf(event: number): string | undefined {
  return DIGITS[event];
}

/** The event code of a digit; undefined for anything that is none. */
export function eventOf(digit: string): number | undefined {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** An event whose timestamp lies up to so far back (10 s at 8000 Hz) is an old one coming late; further back, the clock restarted. */
const LATE_TICKS = 80_000;
/** A segment of a long event is at least so long before the next begins (RFC 4733 §2.5.1.3 splits at 0xFFFF). */
const LONG_SEGMENT = MAX_DURATION - 4000;
/** So much of a segment's end may have been lost (two updates of 50 ms) when its successor begins. */
const LOST_UPDATES = 800;

/** Finds the first packet of each press in the packets of one stream. */
export class DtmfReceiver {
  #started = false;
  /** Of the newest segment. */
  #timestamp = 0;
  #event = -1;
  #duration = 0;
  #ended = false;

  /**
   * The event code if this payload is the first that came of a press, else -1. Any packet of a new timestamp begins
   * one, so that a lost first packet costs 20 ms and no digit.
   */
  accept(payload: Uint8Array, offset: number, length: number, timestamp: number, marker: boolean): number {
    if (length < EVENT_LENGTH) return -1;
    const event = payload[offset]!;
    const ended = (payload[offset + 1]! & END) !== 0;
    const duration = (payload[offset + 2]! << 8) | payload[offset + 3]!;
    const since = timestampDifference(timestamp, this.#timestamp);
    if (this.#started) {
      if (since === 0 && event === this.#event) {
        this.#ended ||= ended;
        if (duration > this.#duration) this.#duration = duration;
        return -1;
      }
      if (since < 0 && since > -LATE_TICKS) return -1;
    }
    const next = this.#started && !marker && event === this.#event && this.#continuesAt(since);
    this.#started = true;
    this.#timestamp = timestamp;
    this.#event = event;
    this.#duration = duration;
    this.#ended = ended;
    return next ? -1 : event;
  }

  /** Another stream follows: its timestamps say nothing about this one's. */
  reset(): void {
    this.#started = false;
  }

  /** Whether a packet so many ticks after the newest segment's beginning is that event's next segment (RFC 4733 §2.5.1.3). */
  #continuesAt(since: number): boolean {
    const gap = since - this.#duration;
    return !this.#ended && this.#duration >= LONG_SEGMENT && gap >= 0 && gap <= LOST_UPDATES;
  }
}

/** How often the packet that ends an event is sent (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3;
/** Power of the tone, -dBm0 (RFC 4733 §2.3.4): the usual level of a telephone key. */
const VOLUME = 10;

/**
 * Says one digit, packet by packet: call `write` every 20 ms until `active` is false. All packets of a press carry
 * `timestamp`, the first one the marker (RFC 4733 §2.5.1.2).
 */
export class DtmfSender {
  readonly #packetTicks: number;
  #event = 0;
  #timestamp = 0;
  #total = 0;
  #elapsed = 0;
  #endsLeft = 0;

  /** `packetTicks`: ticks between two packets; 160 is 20 ms at 8000 Hz. */
  constructor(packetTicks = 160) {
    this.#packetTicks = packetTicks;
  }

  /** Begins a press of `durationTicks` (at least one packet, at most 0xFFFF) at `timestamp`. */
  start(event: number, durationTicks: number, timestamp: number): void {
    this.#event = event;
    this.#timestamp = addTimestamp(timestamp, 0);
    this.#total = Math.min(MAX_DURATION, Math.max(this.#packetTicks, durationTicks));
    this.#elapsed = 0;
    this.#endsLeft = END_PACKETS;
  }

  /** Whether another packet is to be sent. */
  get active(): boolean {
    return this.#endsLeft > 0;
  }

  /** The marker bit of the packet that `write` will write next. */
  get marker(): boolean {
    return this.active && this.#elapsed === 0;
  }

  /** The timestamp of every packet of the press. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Writes the next payload; returns its length, 0 when the press has ended. */
  write(buffer: Uint8Array, offset: number): number {
    if (!this.active) return 0;
    this.#elapsed = Math.min(this.#total, this.#elapsed + this.#packetTicks);
    const end = this.#elapsed === this.#total;
    if (end) this.#endsLeft--;
    buffer[offset] = this.#event;
    buffer[offset + 1] = (end ? END : 0) | VOLUME;
    buffer[offset + 2] = this.#elapsed >>> 8;
    buffer[offset + 3] = this.#elapsed;
    return EVENT_LENGTH;
  }
}

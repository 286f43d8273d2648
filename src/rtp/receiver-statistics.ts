/**
 * What is known of one received stream: sequence validation, loss and jitter (RFC 3550 A.1, A.3, A.8), and what a
 * reception report block says of it (§6.4.1). Which source a port listens to is the source lock's decision, so there is
 * no probation here: the first packet counts. Time is an argument; nothing allocates.
 */
import { sequenceDifference } from "./sequence.ts";

/** A gap of up to so many packets is loss; a larger one is a restart (RFC 3550 A.1). */
const MAX_DROPOUT = 3000;
/** A packet up to so many behind the newest is reordered; further behind is a restart (RFC 3550 A.1). */
const MAX_MISORDER = 100;
/** DLSR counts in 1/65536 s (RFC 3550 §6.4.1). */
const DLSR_UNITS_PER_MS = 65.536;

export class ReceiverStatistics {
  readonly #clockRate: number;
  #started = false;
  /** Sequence number that would confirm a jump: the one after the packet that jumped; -1 for none. */
  #confirming = -1;
  /** First and highest sequence number, extended by the wraps counted so far. */
  #base = 0;
  #highest = 0;
  #packets = 0;
  #lostBefore = 0;
  #packetsBefore = 0;
  #expectedBefore = 0;
  #expectedPrior = 0;
  #packetsPrior = 0;
  #transit = 0;
  #jitter = 0;
  #senderReport = 0;
  #senderReportAt = 0;

  /** `clockRate`: timestamp ticks per second. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /**
   * Counts a packet. False for one that jumps too far to belong to the stream: it is not counted, but if its successor
   * follows, the stream has restarted there (loss before the restart stays counted).
   */
  receive(sequence: number, timestamp: number, now: number): boolean {
    if (!this.#started) this.#restart(sequence);
    else if (!this.#follow(sequence)) return false;
    this.#packets++;
    this.#measureJitter(timestamp, now);
    return true;
  }

  /** Another stream follows, from the same peer: its first packet starts a new count on top of this one. */
  restart(): void {
    this.#started = false;
  }

  /** Packets received and counted. */
  get packets(): number {
    return this.#packetsBefore + this.#packets;
  }

  /** Packets that should have come, by the sequence numbers. */
  get expected(): number {
    return this.#expectedBefore + this.#expected;
  }

  /** Expected minus received, RFC 3550 A.3: negative when duplicates outnumber losses. */
  get lost(): number {
    return this.#lostBefore + this.#expected - this.#packets;
  }

  /** The highest sequence number with the count of wraps above it, 32 bits. */
  get extendedHighestSequence(): number {
    return this.#highest >>> 0;
  }

  /** Interarrival jitter in ticks of the clock rate, RFC 3550 A.8. */
  get jitter(): number {
    return Math.floor(this.#jitter);
  }

  /** Interarrival jitter in ms. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /** Share lost since the last call, in 1/256 (RFC 3550 A.3). Starts the next interval: call it once per report. */
  takeFractionLost(): number {
    const expected = this.expected - this.#expectedPrior;
    const lost = expected - (this.packets - this.#packetsPrior);
    this.#expectedPrior = this.expected;
    this.#packetsPrior = this.packets;
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected));
  }

  /** Notes a sender report of this stream: the middle 32 bits of its NTP timestamp. */
  senderReport(middleNtp: number, now: number): void {
    this.#senderReport = middleNtp;
    this.#senderReportAt = now;
  }

  /** LSR for the next report block; 0 before the first sender report. */
  get lastSenderReport(): number {
    return this.#senderReport;
  }

  /** DLSR for the next report block, 1/65536 s; 0 before the first sender report. */
  delaySinceLastSenderReport(now: number): number {
    if (this.#senderReport === 0) return 0;
    return Math.round(Math.max(0, now - this.#senderReportAt) * DLSR_UNITS_PER_MS) >>> 0;
  }

  get #expected(): number {
    return this.#started || this.#packets > 0 ? this.#highest - this.#base + 1 : 0;
  }

  /** RFC 3550 A.1, `update_seq`. */
  #follow(sequence: number): boolean {
    const step = sequenceDifference(sequence, this.#highest & 0xffff);
    if (step > MAX_DROPOUT || step < -MAX_MISORDER) {
      if (sequence !== this.#confirming) {
        this.#confirming = (sequence + 1) & 0xffff;
        return false;
      }
      this.#restart(sequence);
      return true;
    }
    this.#confirming = -1;
    if (step > 0) this.#highest += step;
    return true;
  }

  #restart(sequence: number): void {
    if (this.#packets > 0) {
      this.#lostBefore = this.lost;
      this.#expectedBefore = this.expected;
      this.#packetsBefore = this.packets;
      this.#packets = 0;
    }
    this.#started = true;
    this.#confirming = -1;
    this.#base = sequence;
    this.#highest = sequence;
    this.#transit = Number.NaN;
  }

  /** RFC 3550 §6.4.1 and A.8, without rounding in between. */
  #measureJitter(timestamp: number, now: number): void {
    const arrival = Math.round((now * this.#clockRate) / 1000);
    const transit = (arrival - timestamp) | 0;
    const before = this.#transit;
    this.#transit = transit;
    if (Number.isNaN(before)) return;
    const change = Math.abs((transit - before) | 0);
    // More than a second is a jump of the phone's timestamps (hold, DTX of some), not jitter.
    if (change > this.#clockRate) return;
    this.#jitter += (change - this.#jitter) / 16;
  }
}

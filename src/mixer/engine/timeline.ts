/**
 * Decides with which sequence number and timestamp a listener is sent its next packet (RFC 3550 §5.1), so that the
 * listener sees one unbroken stream whoever clocks it: a partner's packets mapped by constant offsets, the tick's
 * fillings, the next partner. Pure, and never allocates after construction: the verdict is a number, its details are
 * fields. It must never place two packets in one slot.
 */

import { addSequence, addTimestamp, sequenceDifference, timestampDifference } from "../../rtp/sequence.ts";

/** The packet's slot is filled already, by the tick or by the same packet: drop it. */
export const LATE = 0;
/** The packet is the newest: it moves the timeline on. */
export const NEXT = 1;
/** The packet was overtaken by a later one, but its slot is still free: send it there. */
export const OVERTAKEN = 2;
export type Placement = typeof LATE | typeof NEXT | typeof OVERTAKEN;

/** RFC 3550 A.1: a sequence number further ahead, or further behind, than this belongs to a restarted stream. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A second at 8000 Hz: a newer packet whose timestamp lies further back than this belongs to a restarted clock. */
const MAX_TIMESTAMP_RETREAT = 8000;
/**
 * So many late packets in a row without catching up, and the stream is not late but shifted (it paused, or its path
 * became longer): it is taken up where the listener is now.
 */
const MAX_LATE_RUN = 3;
/** Slots remembered, to know a duplicate and to let an overtaken packet in. */
const HISTORY = 64;

export class Timeline {
  /** Where the packet just placed or filled goes: its sequence number and timestamp as sent to the listener. */
  sequence: number;
  timestamp: number;
  /** By how many samples the listener's time moved on, before the packet just placed, without being served. */
  missed = 0;
  /** The packet just placed is the first of another speaker than the one before: a marker on it would tell of the change. */
  rebound = false;

  #lastSequence: number;
  /** Where the audio sent so far ends, in samples. */
  #end: number;
  /** Nothing was sent yet: the first packet has no predecessor. */
  #started = false;
  /** The tick filled in since the partner's last packet, or a packet of the partner was left out. */
  #released = false;
  /** A packet of the partner was left out: the next one closes up. */
  #leftOut = false;

  #speaker = -1;
  #ssrc = -1;
  /** The newest sequence number of the partner's stream. */
  #received = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;

  #leastLateness = 0;
  #lateRun = 0;
  readonly #sent = new Int32Array(HISTORY).fill(-1);

  /** `sequence` and `timestamp` are those of the first packet; RFC 3550 §5.1 wants them random. */
  constructor(sequence: number, timestamp: number) {
    this.sequence = this.#lastSequence = addSequence(sequence, -1);
    this.timestamp = this.#end = timestamp >>> 0;
  }

  /** Where the audio sent so far ends: the timestamp of the next frame that the tick would fill. */
  get end(): number {
    return this.#end;
  }

  /**
   * Places an audio packet of the partner: `speaker` numbers the port it came from; `ssrc`, `sequence` and `timestamp` are its
   * own; `duration` is in samples. Unless it is LATE, `sequence`, `timestamp`, `missed` and `rebound` say how to send it.
   */
  placeAudio(
    speaker: number,
    ssrc: number,
    sequence: number,
    timestamp: number,
    duration: number,
  ): Placement {
    this.#follow(speaker, ssrc, sequence, timestamp);
    let mapped = addSequence(sequence, this.#sequenceOffset);
    const newer = sequenceDifference(mapped, this.#lastSequence) > 0;
    const behind = timestampDifference(this.#end, addTimestamp(timestamp, this.#timestampOffset));
    if (this.#released) {
      if (behind >= duration && !this.#isShifted(behind)) return LATE;
      // Silence suppression: the stream resumes with the next number, after the tick has used it (RFC 3551 §4.1).
      // What was left out was served by fillings, more or fewer than its time: the partner's audio closes up.
      if (behind > 0 || this.#leftOut) this.#retime(timestamp);
      if (!newer || this.#leftOut) mapped = this.#renumber(sequence);
      this.#released = false;
    } else if (!newer) {
      return this.#placeOvertaken(mapped, timestamp);
    } else if (behind > MAX_TIMESTAMP_RETREAT) {
      this.#retime(timestamp);
    }
    this.#lateRun = 0;
    this.timestamp = addTimestamp(timestamp, this.#timestampOffset);
    this.missed = Math.max(0, timestampDifference(this.timestamp, this.#end));
    this.#advance(mapped, sequence);
    this.#end = addTimestamp(this.timestamp, duration);
    return NEXT;
  }

  /**
   * Places a telephone-event packet of the partner. All packets of one event carry the event's first timestamp (RFC 4733
   * §2.3.1), so it is never retimed, and audio may go on beside it, so the audio's end stays where it is.
   */
  placeEvent(speaker: number, ssrc: number, sequence: number, timestamp: number): Placement {
    this.#follow(speaker, ssrc, sequence, timestamp);
    let mapped = addSequence(sequence, this.#sequenceOffset);
    if (this.#leftOut || sequenceDifference(mapped, this.#lastSequence) <= 0) {
      if (!this.#released) return this.#placeOvertaken(mapped, timestamp);
      mapped = this.#renumber(sequence);
    }
    this.timestamp = addTimestamp(timestamp, this.#timestampOffset);
    this.missed = 0;
    this.#advance(mapped, sequence);
    return NEXT;
  }

  /** Takes the next slot for the tick: `sequence` and `timestamp` say which. */
  fill(duration: number): void {
    this.timestamp = this.#end;
    this.missed = 0;
    this.rebound = false;
    this.#started = true;
    this.#advance(addSequence(this.#lastSequence, 1), this.#received);
    this.#end = addTimestamp(this.timestamp, duration);
    this.#released = true;
  }

  /**
   * Leaves a packet of the partner out: no number is spent on it, so the listener sees no gap, and whatever the partner
   * sends next follows the last packet sent.
   */
  leaveOut(): void {
    this.#released = true;
    this.#leftOut = true;
  }

  /** The sequence number that the next packet in order has. */
  get next(): number {
    return addSequence(this.#lastSequence, 1);
  }

  /** Whoever clocks the listener next, even the same partner after a pause (a hold), goes on by one number and one frame. */
  unbind(): void {
    this.#speaker = -1;
  }

  /** Binds to the stream of the packet at hand where it is another one than before, or one that has restarted. */
  #follow(speaker: number, ssrc: number, sequence: number, timestamp: number): void {
    this.rebound = false;
    if (speaker === this.#speaker && ssrc === this.#ssrc) {
      const ahead = sequenceDifference(sequence, this.#received);
      if (ahead <= MAX_DROPOUT && ahead >= -MAX_MISORDER) return;
    }
    this.rebound = this.#started && speaker !== this.#speaker;
    this.#started = true;
    this.#speaker = speaker;
    this.#ssrc = ssrc;
    this.#received = sequence;
    this.#released = false;
    this.#renumber(sequence);
    this.#retime(timestamp);
  }

  /** The packet follows the last one sent, in number. */
  #renumber(sequence: number): number {
    const next = addSequence(this.#lastSequence, 1);
    this.#sequenceOffset = sequenceDifference(next, sequence);
    this.#leftOut = false;
    return next;
  }

  /** The packet follows the last one sent, in time. */
  #retime(timestamp: number): void {
    this.#timestampOffset = timestampDifference(this.#end, timestamp);
  }

  #placeOvertaken(mapped: number, timestamp: number): Placement {
    const age = sequenceDifference(this.#lastSequence, mapped);
    if (age >= HISTORY || this.#sent[mapped % HISTORY] === mapped) return LATE;
    this.#sent[mapped % HISTORY] = mapped;
    this.sequence = mapped;
    this.timestamp = addTimestamp(timestamp, this.#timestampOffset);
    this.missed = 0;
    return OVERTAKEN;
  }

  #advance(mapped: number, received: number): void {
    this.sequence = this.#lastSequence = mapped;
    this.#sent[mapped % HISTORY] = mapped;
    this.#received = received;
  }

  #isShifted(lateness: number): boolean {
    if (this.#lateRun === 0 || lateness < this.#leastLateness) {
      this.#leastLateness = lateness;
      this.#lateRun = 1;
      return false;
    }
    this.#lateRun++;
    return this.#lateRun > MAX_LATE_RUN;
  }
}

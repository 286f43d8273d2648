/**
 * An adaptive playout buffer between one speaker and one listener that mixes it in: PCM is written by RTP timestamp as
 * packets arrive, and read 20 ms at a time whenever the listener's clock asks (its partner's packets, so in bursts).
 * It decides when audio is played (RFC 3550 leaves that to us). It must never allocate, throw, or make a click.
 *
 * `DepthControl` says when a frame should be inserted or dropped; here it is done in a quiet frame, so that clock drift
 * is not heard. Each listener has its own buffer of a speaker, because each empties it at its own clock. The delay
 * settles between 5 and 25 ms more than the jitter of both sides.
 */
import { DepthControl, KEEP_SLACK_MS } from "./depth-control.ts";
import { EMPTY, SampleRing } from "./sample-ring.ts";
import { addTimestamp, timestampDifference } from "./sequence.ts";

/** Length of what is read at once. */
const FRAME_MS = 20;
/** Never hold more: a listener further behind than this is not listening live. Also the longest burst that is absorbed. */
const MAX_DEPTH_MS = 200;
/** The longest packet written at once: twice the longest `ptime` in use (60 ms), with room. */
const MAX_PACKET_MS = 200;
/** A timestamp further back than this is no late packet: the phone has restarted its clock. */
const RESTART_MS = 1000;
/** A frame is dropped in the midst of speech (cross-faded) when no quiet one came for so long. */
const DROP_PATIENCE_MS = 200;
/** Peak below which a frame counts as quiet: -36 dBFS, under speech and over line noise. */
const QUIET_PEAK = 520;
/** Length of every fade: long enough not to click, too short to be heard as a fade. */
const FADE_MS = 5;
/** What happened since the buffer was made. */
export interface JitterCounters {
  /** Packets written, whole or in part. */
  readonly written: number;
  /** Packets that came when later audio had been played already: dropped, in whole or in part. */
  readonly late: number;
  /** Packets whose audio was waiting already. */
  readonly duplicates: number;
  /** Frames read with at least one sample missing. */
  readonly gaps: number;
  /** Frames of silence inserted to gain depth. */
  readonly inserted: number;
  /** Frames dropped to lose depth. */
  readonly dropped: number;
  /** Times the playout was set anew: the timestamps jumped, the stream overflowed, or nobody had been reading. */
  readonly resyncs: number;
}

export class JitterBuffer {
  /** Samples of one read. */
  readonly frameSamples: number;
  readonly #samplesPerMs: number;
  /** Whatever is not in `[#next, #end)` is empty. */
  readonly #ring: SampleRing;
  /** Timestamp of the next sample to be read. */
  #next = 0;
  /** Timestamp after the newest sample written; not after `#next` when the buffer is empty. */
  #end = 0;
  /** When a frame was last read, and a packet last written. */
  #readAt = Number.NEGATIVE_INFINITY;
  #wroteAt = Number.NEGATIVE_INFINITY;

  // What is sent to the listener's ear: the last true sample, how far it is faded in, and the samples of a dropped frame.
  readonly #fadeSamples: number;
  #fade = 0;
  #held = 0;
  readonly #seam: Int16Array;
  #seamed = false;

  readonly #depth = new DepthControl(FRAME_MS);
  /** Something was missing, though later audio had come: a packet from before it may still be on its way. */
  #holed = false;

  readonly #counters = { written: 0, late: 0, duplicates: 0, gaps: 0, inserted: 0, dropped: 0, resyncs: 0 };

  /** `clockRate`: samples, and ticks of the timestamp, per second. */
  constructor(clockRate = 8000) {
    this.#samplesPerMs = clockRate / 1000;
    this.frameSamples = FRAME_MS * this.#samplesPerMs;
    this.#fadeSamples = FADE_MS * this.#samplesPerMs;
    this.#seam = new Int16Array(this.#fadeSamples);
    this.#ring = new SampleRing((MAX_DEPTH_MS + MAX_PACKET_MS + FRAME_MS) * this.#samplesPerMs);
  }

  get counters(): JitterCounters {
    return this.#counters;
  }

  /** Audio waiting to be read, ms. */
  get depthMs(): number {
    return Math.max(0, timestampDifference(this.#end, this.#next)) / this.#samplesPerMs;
  }

  /**
   * Stores `count` samples (of any packet time up to `MAX_PACKET_MS`) whose first has this RTP timestamp.
   * `now` is when the packet arrived, monotonic ms.
   */
  write(timestamp: number, samples: Int16Array, offset: number, count: number, now: number): void {
    if (count <= 0 || count > MAX_PACKET_MS * this.#samplesPerMs) return;
    const ahead = timestampDifference(timestamp, this.#next);
    if (this.#isAsleep(now)) {
      this.#fade = 0;
      this.#resync(timestamp, this.frameSamples);
    } else if (ahead > MAX_DEPTH_MS * this.#samplesPerMs || ahead < -RESTART_MS * this.#samplesPerMs) {
      this.#resync(timestamp, this.#margin(now));
    } else if (this.#isKnown(timestamp, ahead)) {
      this.#counters.duplicates++;
      return;
    } else {
      const isNewest = timestampDifference(timestamp, this.#end) >= 0;
      // A packet from before the newest that comes too late is as likely a duplicate, unless something was missing.
      if (ahead >= 0 || isNewest || this.#holed) this.#observe(ahead, now);
      if (ahead < 0) this.#holed = false;
      if (ahead < 0 && isNewest) this.#holdUp(timestamp, ahead, now);
    }
    this.#wroteAt = now;
    this.#store(timestamp, samples, offset, count);
  }

  /** Writes the next 20 ms to the start of `output`; false where they are silence, because nothing was there to play. */
  read(output: Int16Array, now: number): boolean {
    if (this.#isAsleep(now)) this.#wake(now);
    this.#readAt = now;
    this.#adapt(now);
    const sounded = this.#fade > 0;
    const missing = this.#play(output);
    if (this.#seamed) this.#crossFade(output);
    if (missing > 0) {
      this.#counters.gaps++;
      if (timestampDifference(this.#end, this.#next) > 0) this.#holed = true;
    }
    return sounded || missing < this.frameSamples;
  }

  /** Passes over up to `frames` waiting frames: the clock that reads has missed so many (a gap in the partner's sequence). */
  skip(frames: number): void {
    const waiting = Math.max(0, timestampDifference(this.#end, this.#next));
    this.#drop(Math.min(frames * this.frameSamples, waiting));
  }

  /** Forgets all audio and all that was observed: another stream follows. */
  reset(): void {
    this.#forget();
    this.#fade = 0;
    this.#readAt = this.#wroteAt = Number.NEGATIVE_INFINITY;
  }

  /** Nobody has been reading: no listener, or one that is served otherwise. */
  #isAsleep(now: number): boolean {
    return now - this.#readAt > MAX_DEPTH_MS;
  }

  /** The first read in a long time: what waits is a frame of silence and the newest packet, or is stale. */
  #wake(now: number): void {
    this.#fade = 0;
    const age = now - this.#wroteAt;
    if (age > MAX_DEPTH_MS) this.#forget();
    else if (age >= KEEP_SLACK_MS && this.#ring.at(this.#next) === EMPTY) this.skip(1);
  }

  /** Whether the audio of a packet is waiting to be read already. */
  #isKnown(timestamp: number, ahead: number): boolean {
    return ahead >= 0 && this.#ring.at(timestamp) !== EMPTY;
  }

  /** Takes the next frame out of the ring; returns how many of its samples were missing. */
  #play(output: Int16Array): number {
    const frame = this.frameSamples;
    const whole = this.#fade === this.#fadeSamples ? this.#ring.copy(this.#next, output, frame) : 0;
    if (whole > 0) this.#held = output[whole - 1]!;
    const missing = whole === frame ? 0 : this.#copyFading(output, whole);
    this.#ring.clear(this.#next, frame);
    this.#next = addTimestamp(this.#next, frame);
    return missing;
  }

  /** Copies from sample `from` on, fading out into what is missing and in after it; returns how many were missing. */
  #copyFading(output: Int16Array, from: number): number {
    const full = this.#fadeSamples;
    let missing = 0;
    for (let i = from; i < this.frameSamples; i++) {
      const sample = this.#ring.at(this.#next + i);
      if (sample === EMPTY) {
        missing++;
        if (this.#fade > 0) this.#fade--;
      } else {
        this.#held = sample;
        if (this.#fade < full) this.#fade++;
      }
      output[i] = (this.#held * this.#fade) / full;
    }
    return missing;
  }

  /** Copies the samples that are not too late. */
  #store(timestamp: number, samples: Int16Array, offset: number, count: number): void {
    const lateSamples = Math.max(0, timestampDifference(this.#next, timestamp));
    if (lateSamples > 0) this.#counters.late++;
    if (lateSamples >= count) return;
    this.#ring.write(timestamp, samples, offset, lateSamples, count);
    const end = addTimestamp(timestamp, count);
    if (timestampDifference(end, this.#end) > 0) this.#end = end;
    this.#counters.written++;
  }

  /** Starts over at a packet, `margin` samples before it. */
  #resync(timestamp: number, margin: number): void {
    if (this.#counters.written > 0 && this.#readAt !== Number.NEGATIVE_INFINITY) this.#counters.resyncs++;
    this.#keepSeam();
    this.#forget();
    this.#next = this.#end = addTimestamp(timestamp, -margin);
  }

  /**
   * Plays a packet late by `-ahead` at the next read all the same: silence was played in its place and nothing after
   * it, so nothing is lost, and the depth is gained that will be needed again.
   */
  #holdUp(timestamp: number, ahead: number, now: number): void {
    const margin = this.#margin(now);
    this.#next = this.#end = addTimestamp(timestamp, -margin);
    this.#counters.inserted += Math.ceil((margin - ahead) / this.frameSamples);
    this.#gained(now);
  }

  /** Samples of silence to play before a packet that has come just now: none, or a frame when the next read is too near. */
  #margin(now: number): number {
    return this.#untilRead(now) < KEEP_SLACK_MS ? this.frameSamples : 0;
  }

  #forget(): void {
    this.#ring.clearAll();
    this.#end = this.#next;
    this.#holed = false;
    this.#depth.reset();
  }

  /** When the next read is to be expected, ms from now; 0 when it is overdue or nothing is known. */
  #untilRead(now: number): number {
    return Math.max(0, FRAME_MS - (now - this.#readAt));
  }

  /** Notes the slack of a packet that arrives `ahead` samples before the read position. */
  #observe(ahead: number, now: number): void {
    // Reads take whole frames: what matters is which read takes the packet's first sample.
    const framesAhead = Math.floor(ahead / this.frameSamples);
    const untilRead = framesAhead < 0 ? FRAME_MS - (now - this.#readAt) : this.#untilRead(now);
    this.#depth.observe(framesAhead * FRAME_MS + untilRead, now);
  }

  /** Inserts or drops one frame before a read, when it is time. */
  #adapt(now: number): void {
    const change = this.#depth.change;
    if (change === 0) return;
    const quiet = this.#ring.isQuiet(this.#next, this.frameSamples, QUIET_PEAK);
    if (change > 0 && quiet) {
      // What lies before the read position has been played and is empty: moving back plays a frame of silence.
      this.#next = addTimestamp(this.#next, -this.frameSamples);
      this.#counters.inserted++;
      this.#gained(now);
    } else if (change < 0 && (quiet || this.#depth.waitingMs(now) >= DROP_PATIENCE_MS)) {
      this.#drop(this.frameSamples);
      this.#counters.dropped++;
      this.#depth.dropped(now);
    }
  }

  #gained(now: number): void {
    this.#holed = false;
    this.#depth.gained(now);
  }

  /** Passes over samples, keeping their beginning to fade out of. */
  #drop(samples: number): void {
    if (samples <= 0) return;
    this.#keepSeam();
    this.#ring.clear(this.#next, samples);
    this.#next = addTimestamp(this.#next, samples);
  }

  /** Notes what would have been played next, if anything is being heard. */
  #keepSeam(): void {
    if (this.#seamed || this.#fade < this.#fadeSamples) return;
    let held = this.#held;
    for (let i = 0; i < this.#fadeSamples; i++) {
      const sample = this.#ring.at(this.#next + i);
      if (sample !== EMPTY) held = sample;
      this.#seam[i] = held;
    }
    this.#seamed = true;
  }

  /** Blends the beginning of what was dropped into the beginning of what follows it. */
  #crossFade(output: Int16Array): void {
    const full = this.#fadeSamples;
    for (let i = 0; i < full; i++) output[i] = (this.#seam[i]! * (full - i) + output[i]! * i) / full;
    this.#seamed = false;
  }
}

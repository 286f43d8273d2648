/**
 * An adaptive playout buffer between one speaker and one listener that mixes it in: PCM is written by RTP timestamp as
 * packets arrive, and read 20 ms at a time whenever the listener's clock asks (its partner's packets, so in bursts).
 * It decides when audio is played (RFC 3550 leaves that to us). It must never allocate, throw, or make a click.
 *
 * Its one measure is the *slack* of a packet: how long before its reading it arrived. Slack carries the jitter of both
 * sides, of the stream that fills and of the clock that empties. The least slack in a second (50 packets, so about the
 * 98th percentile of lateness) says what to do: a whole frame too much, a frame is dropped; almost none, one is
 * inserted. Both wait for a quiet frame, so that clock drift is not heard. Delay stays near jitter + half a frame.
 */
import { addTimestamp, timestampDifference } from "./sequence.ts";

/** Length of what is read at once. */
const FRAME_MS = 20;
/** Never hold more: a listener further behind than this is not listening live. Also the longest burst that is absorbed. */
const MAX_DEPTH_MS = 200;
/** The longest packet written at once: twice the longest `ptime` in use (60 ms), with room. */
const MAX_PACKET_MS = 200;
/** A timestamp further back than this is no late packet: the phone has restarted its clock. */
const RESTART_MS = 1000;
/** How long slack is observed before depth is changed: long enough for 50 packets, short enough to recover fast. */
const WINDOW_MS = 1000;
/** The longest observation, reached by doubling while changes undo each other. */
const MAX_WINDOW_MS = 16_000;
/** A change that undoes the last one within this time was premature. */
const UNDONE_MS = 10_000;
/** Below this slack the next packet may well be late: insert a frame while it can still be done in silence. */
const LOW_SLACK_MS = 2;
/** What must remain after dropping a frame. Above `LOW_SLACK_MS`, or the two would take turns. */
const KEEP_SLACK_MS = 5;
/** A frame is dropped in the midst of speech (cross-faded) when no quiet one came for so long. */
const DROP_PATIENCE_MS = 200;
/** Peak below which a frame counts as quiet: -36 dBFS, under speech and over line noise. */
const QUIET_PEAK = 520;
/** Length of every fade: long enough not to click, too short to be heard as a fade. */
const FADE_MS = 5;
/** A sample that was not written. G.711 never decodes to it; other audio is moved by one step, inaudibly. */
const EMPTY = -32_768;

/** What happened since the buffer was made. */
export interface JitterCounters {
  /** Packets written, whole or in part. */
  readonly written: number;
  /** Packets that came after their time while later audio was there already: dropped, in whole or in part. */
  readonly late: number;
  /** Packets whose audio was there already. */
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
  /** Samples by timestamp, modulo the length (a power of two). Whatever is not in `[#next, #end)` is `EMPTY`. */
  readonly #ring: Int16Array;
  readonly #mask: number;
  /** Timestamp of the next sample to be read. */
  #next = 0;
  /** Timestamp after the newest sample; not after `#next` when the buffer is empty. */
  #end = 0;
  /** When a frame was last read; the reader is asleep before the first time. */
  #readAt = Number.NEGATIVE_INFINITY;

  // What is sent to the listener's ear: the last true sample, how far it is faded in, and the samples of a dropped frame.
  readonly #fadeSamples: number;
  #fade = 0;
  #held = 0;
  readonly #seam: Int16Array;
  #seamed = false;

  // What is observed, and what is to be done about it.
  #leastSlack = Number.POSITIVE_INFINITY;
  #windowEnd = Number.POSITIVE_INFINITY;
  #windowMs = WINDOW_MS;
  #droppedAt = Number.NEGATIVE_INFINITY;
  /** Frames to drop (positive) or to insert (negative) when it is quiet. */
  #pending = 0;
  #pendingSince = 0;

  readonly #counters = { written: 0, late: 0, duplicates: 0, gaps: 0, inserted: 0, dropped: 0, resyncs: 0 };

  /** `clockRate`: samples, and ticks of the timestamp, per second. */
  constructor(clockRate = 8000) {
    this.#samplesPerMs = clockRate / 1000;
    this.frameSamples = FRAME_MS * this.#samplesPerMs;
    this.#fadeSamples = FADE_MS * this.#samplesPerMs;
    this.#seam = new Int16Array(this.#fadeSamples);
    const room = (MAX_DEPTH_MS + MAX_PACKET_MS + FRAME_MS) * this.#samplesPerMs;
    this.#ring = new Int16Array(2 ** Math.ceil(Math.log2(room))).fill(EMPTY);
    this.#mask = this.#ring.length - 1;
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
    let ahead = timestampDifference(timestamp, this.#next);
    const asleep = now - this.#readAt > MAX_DEPTH_MS;
    const restarted = ahead < -RESTART_MS * this.#samplesPerMs;
    if (asleep || restarted || ahead > MAX_DEPTH_MS * this.#samplesPerMs) {
      if (this.#counters.written > 0) this.#counters.resyncs++;
      this.#forget();
      ahead = this.#anchor(timestamp, now);
    } else {
      this.#observe(ahead, now);
      if (ahead < 0 && timestampDifference(this.#end, this.#next) <= 0) {
        // Silence was played in its place and nothing after it: playing it now loses nothing and gains depth.
        this.#counters.inserted += Math.ceil(-ahead / this.frameSamples);
        this.#grown(now);
        ahead = this.#anchor(timestamp, now);
      }
    }
    this.#store(ahead, samples, offset, count);
  }

  /** Writes the next 20 ms to the start of `output`; false where they are silence, because nothing was there to play. */
  read(output: Int16Array, now: number): boolean {
    this.#readAt = now;
    this.#adapt(now);
    const frame = this.frameSamples;
    const full = this.#fadeSamples;
    let missing = 0;
    const started = this.#fade;
    for (let i = 0; i < frame; i++) {
      const index = (this.#next + i) & this.#mask;
      const sample = this.#ring[index]!;
      if (sample !== EMPTY) {
        this.#ring[index] = EMPTY;
        this.#held = sample;
        if (this.#fade < full) this.#fade++;
      } else {
        missing++;
        if (this.#fade > 0) this.#fade--;
      }
      output[i] = this.#fade === full ? this.#held : (this.#held * this.#fade) / full;
    }
    this.#next = addTimestamp(this.#next, frame);
    if (this.#seamed) this.#crossFade(output);
    if (missing > 0) this.#counters.gaps++;
    return missing < frame || started > 0;
  }

  /** Passes over `frames` frames unheard: the clock that reads has missed so many (a gap in the partner's sequence). */
  skip(frames: number): void {
    this.#drop(Math.min(Math.max(0, frames) * this.frameSamples, this.#ring.length));
  }

  /** Forgets all audio and all that was observed: another stream follows. */
  reset(): void {
    this.#forget();
    this.#windowMs = WINDOW_MS;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Copies what is not too late, marking nothing twice. */
  #store(ahead: number, samples: Int16Array, offset: number, count: number): void {
    const first = Math.max(0, -ahead);
    if (first > 0) this.#counters.late++;
    if (first >= count) return;
    const start = addTimestamp(this.#next, ahead);
    if (this.#ring[(start + first) & this.#mask] !== EMPTY) {
      this.#counters.duplicates++;
      return;
    }
    for (let i = first; i < count; i++) {
      const sample = samples[offset + i]!;
      this.#ring[(start + i) & this.#mask] = sample === EMPTY ? EMPTY + 1 : sample;
    }
    const end = addTimestamp(start, count);
    if (timestampDifference(end, this.#end) > 0) this.#end = end;
    this.#counters.written++;
  }

  /** Plays `timestamp` at the next read, or at the one after when that is too near; returns how far ahead it then is. */
  #anchor(timestamp: number, now: number): number {
    const ahead = this.#untilRead(now) < KEEP_SLACK_MS ? this.frameSamples : 0;
    this.#next = addTimestamp(timestamp, -ahead);
    this.#end = this.#next;
    this.#startWindow(now);
    return ahead;
  }

  #forget(): void {
    this.#ring.fill(EMPTY);
    this.#end = this.#next;
    this.#pending = 0;
    this.#seamed = false;
  }

  /** When the next read is to be expected, ms from now; 0 when it is overdue or nothing is known. */
  #untilRead(now: number): number {
    return Math.max(0, FRAME_MS - (now - this.#readAt));
  }

  /** Notes the slack of a packet that arrives `ahead` samples before the read position, and judges when the window ends. */
  #observe(ahead: number, now: number): void {
    // Reads take whole frames: what matters is which read takes the packet's first sample.
    const framesAhead = Math.floor(ahead / this.frameSamples);
    const untilRead = framesAhead < 0 ? FRAME_MS - (now - this.#readAt) : this.#untilRead(now);
    const slack = framesAhead * FRAME_MS + untilRead;
    if (slack < this.#leastSlack) this.#leastSlack = slack;
    if (now < this.#windowEnd) return;
    const spare = Math.floor((this.#leastSlack - KEEP_SLACK_MS) / FRAME_MS);
    this.#pending = spare > 0 ? spare : this.#leastSlack < LOW_SLACK_MS ? -1 : 0;
    this.#pendingSince = now;
    if (this.#pending === 0) this.#windowMs = Math.max(WINDOW_MS, this.#windowMs / 2);
    this.#startWindow(now);
  }

  #startWindow(now: number): void {
    this.#leastSlack = Number.POSITIVE_INFINITY;
    this.#windowEnd = now + this.#windowMs;
  }

  /** Depth was gained; where a frame had been dropped just before, look longer before dropping the next. */
  #grown(now: number): void {
    this.#pending = 0;
    if (now - this.#droppedAt < UNDONE_MS) this.#windowMs = Math.min(MAX_WINDOW_MS, this.#windowMs * 2);
  }

  /** Drops or inserts one frame before a read, when it is time. */
  #adapt(now: number): void {
    if (this.#pending === 0) return;
    const quiet = this.#isQuiet();
    if (this.#pending < 0) {
      if (!quiet) return;
      // What lies before the read position has been played and is empty: moving back plays a frame of silence.
      this.#next = addTimestamp(this.#next, -this.frameSamples);
      this.#counters.inserted++;
      this.#grown(now);
    } else {
      if (!quiet && now - this.#pendingSince < DROP_PATIENCE_MS) return;
      this.#drop(this.frameSamples);
      this.#counters.dropped++;
      this.#droppedAt = now;
      this.#pending--;
      this.#pendingSince = now;
    }
    this.#startWindow(now);
  }

  /** Whether the next frame to be read is (nearly) silent. */
  #isQuiet(): boolean {
    for (let i = 0; i < this.frameSamples; i++) {
      const sample = this.#ring[(this.#next + i) & this.#mask]!;
      if (sample !== EMPTY && (sample > QUIET_PEAK || sample < -QUIET_PEAK)) return false;
    }
    return true;
  }

  /** Passes over samples, keeping their beginning to fade out of. */
  #drop(samples: number): void {
    for (let i = 0; i < samples; i++) {
      const index = (this.#next + i) & this.#mask;
      if (i < this.#fadeSamples && !this.#seamed) {
        const sample = this.#ring[index]!;
        this.#seam[i] = sample === EMPTY ? 0 : sample;
      }
      this.#ring[index] = EMPTY;
    }
    if (samples > 0) this.#seamed = true;
    this.#next = addTimestamp(this.#next, samples);
  }

  /** Blends the beginning of what was dropped into the beginning of what follows it. */
  #crossFade(output: Int16Array): void {
    const full = this.#fadeSamples;
    for (let i = 0; i < full; i++) output[i] = (this.#seam[i]! * (full - i) + output[i]! * i) / full;
    this.#seamed = false;
  }
}

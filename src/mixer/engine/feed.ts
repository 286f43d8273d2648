/**
 * One speaker as a listener on another clock hears it: a jitter buffer, and what is left of its last frame where the
 * listener's packets are not 20 ms long. Decides nothing but where the cuts are; it must never allocate when read.
 */
import { JitterBuffer } from "../../rtp/jitter-buffer.ts";
import { accumulate } from "../kernels.ts";
import type { GainQ8 } from "../matrix.ts";

export class Feed<Speaker> {
  readonly speaker: Speaker;
  gainQ8: GainQ8;
  readonly buffer = new JitterBuffer();
  readonly #frame = new Int16Array(this.buffer.frameSamples);
  /** How much of `#frame` was given out. */
  #used = this.#frame.length;
  #sounds = false;

  constructor(speaker: Speaker, gainQ8: GainQ8) {
    this.speaker = speaker;
    this.gainQ8 = gainQ8;
  }

  /** Adds the next `samples` samples to `sum`; false where there was nothing to add. */
  addTo(sum: Int32Array, samples: number, now: number): boolean {
    const frame = this.#frame;
    if (samples === frame.length && this.#used === frame.length) {
      if (!this.buffer.read(frame, now)) return false;
      accumulate(sum, frame, this.gainQ8, samples);
      return true;
    }
    let sounds = false;
    for (let i = 0; i < samples; i++) {
      if (this.#used === frame.length) {
        this.#sounds = this.buffer.read(frame, now);
        this.#used = 0;
      }
      const sample = frame[this.#used++]!;
      if (!this.#sounds) continue;
      sounds = true;
      sum[i] = sum[i]! + ((sample * this.gainQ8) >> 8);
    }
    return sounds;
  }
}

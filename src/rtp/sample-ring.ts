/**
 * PCM kept by RTP timestamp, with its holes: the store behind a jitter buffer. It knows no time and decides nothing.
 * Hot: timestamps are cut to an index before each loop, because beyond 31 bits a loop would count in floating point.
 */

/** What a place holds that was not written. G.711 never decodes to it; other audio loses a sample, inaudibly. */
export const EMPTY = -32_768;

export class SampleRing {
  readonly #samples: Int16Array;
  readonly #mask: number;

  /** Room for at least `capacity` consecutive samples. */
  constructor(capacity: number) {
    this.#samples = new Int16Array(2 ** Math.ceil(Math.log2(capacity))).fill(EMPTY);
    this.#mask = this.#samples.length - 1;
  }

  /** The sample at a timestamp, or `EMPTY`. */
  at(timestamp: number): number {
    return this.#samples[timestamp & this.#mask]!;
  }

  /** Stores the samples `from` to `count` (excluded) of a packet that begins with this timestamp. */
  write(timestamp: number, input: Int16Array, offset: number, from: number, count: number): void {
    const samples = this.#samples;
    const mask = this.#mask;
    const start = timestamp & mask;
    for (let i = from; i < count; i++) samples[(start + i) & mask] = input[offset + i]!;
  }

  /** Copies up to `count` samples to the start of `output`, as far as there is no hole; returns how many. */
  copy(timestamp: number, output: Int16Array, count: number): number {
    const samples = this.#samples;
    const mask = this.#mask;
    const start = timestamp & mask;
    for (let i = 0; i < count; i++) {
      const sample = samples[(start + i) & mask]!;
      if (sample === EMPTY) return i;
      output[i] = sample;
    }
    return count;
  }

  /** Whether no sample of `count` is louder than `peak`; a hole is silent. */
  isQuiet(timestamp: number, count: number, peak: number): boolean {
    const start = timestamp & this.#mask;
    for (let i = 0; i < count; i++) {
      const sample = this.#samples[(start + i) & this.#mask]!;
      if (sample !== EMPTY && (sample > peak || sample < -peak)) return false;
    }
    return true;
  }

  /** Empties `count` places. */
  clear(timestamp: number, count: number): void {
    const start = timestamp & this.#mask;
    const end = start + count;
    this.#samples.fill(EMPTY, start, end);
    if (end > this.#samples.length) this.#samples.fill(EMPTY, 0, end - this.#samples.length);
  }

  /** Empties every place. */
  clearAll(): void {
    this.#samples.fill(EMPTY);
  }
}

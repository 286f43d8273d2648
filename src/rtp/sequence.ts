/**
 * Wrap-around arithmetic for RTP sequence numbers (16 bits) and timestamps (32 bits), RFC 3550 §5.1 and A.1.
 * Plain number operations: it must never need a BigInt, nor take zero for "absent".
 */

/** `sequence` moved on by `steps` (negative: back), modulo 2^16. */
export function addSequence(sequence: number, steps: number): number {
  return (sequence + steps) & 0xffff;
}

/** How many steps `a` is after `b`: -32768..32767, negative when `a` comes before. */
export function sequenceDifference(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** `timestamp` moved on by `ticks` (negative: back), modulo 2^32. */
export function addTimestamp(timestamp: number, ticks: number): number {
  return (timestamp + ticks) >>> 0;
}

/** How many ticks `a` is after `b`: -2^31..2^31-1, negative when `a` comes before. */
export function timestampDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/**
 * Turns 16-bit sequence numbers into a count that does not wrap, by taking each as the nearest to the one before.
 * The first is itself; one that comes late around the start may be negative.
 */
export class SequenceUnwrapper {
  #last = -1;
  #started = false;

  /** The extended number of `sequence`. */
  unwrap(sequence: number): number {
    if (this.#started) {
      this.#last += sequenceDifference(sequence, this.#last & 0xffff);
    } else {
      this.#started = true;
      this.#last = sequence;
    }
    return this.#last;
  }

  /** Forgets the stream; the next number is a first one. */
  reset(): void {
    this.#started = false;
  }
}

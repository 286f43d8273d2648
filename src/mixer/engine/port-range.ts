/**
 * Decides which even/odd pair of UDP ports (RFC 3550 §11) a new leg gets: from a random start, so that the next pair
 * cannot be guessed, and none that was freed a moment ago, whose peer may still be sending. Pure; it must never hand
 * out a pair twice.
 */

/** A freed pair rests so long, ms: by then a peer that was hung up has fallen silent. */
export const QUARANTINE_MS = 2000;

export class PortRange {
  readonly #first: number;
  /** When each pair was freed, ms: never is -Infinity, and one that is taken will be in the future. */
  readonly #freedAt: number[];

  /** `low` and `high` are inclusive port numbers; pairs start at even ones. */
  constructor(low: number, high: number) {
    this.#first = low + (low % 2);
    const pairs = Math.max(0, Math.floor((high - this.#first + 1) / 2));
    this.#freedAt = new Array<number>(pairs).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Takes a pair and returns its even port. `random` is in [0, 1). Where all that is left is resting, it is the pair that
   * rested longest; undefined only where every pair is taken.
   */
  take(now: number, random: number): number | undefined {
    const count = this.#freedAt.length;
    const start = Math.floor(random * count);
    let best: number | undefined;
    let bestFreedAt = Number.POSITIVE_INFINITY;
    for (let step = 0; step < count && bestFreedAt + QUARANTINE_MS > now; step++) {
      const pair = (start + step) % count;
      const freedAt = this.#freedAt[pair] ?? Number.POSITIVE_INFINITY;
      if (freedAt >= bestFreedAt) continue;
      best = pair;
      bestFreedAt = freedAt;
    }
    if (best === undefined) return undefined;
    this.#freedAt[best] = Number.POSITIVE_INFINITY;
    return this.#first + 2 * best;
  }

  /** Gives a pair back; it rests first. */
  free(rtpPort: number, now: number): void {
    this.#freedAt[(rtpPort - this.#first) / 2] = now;
  }
}

/**
 * Who hears whom in one call: the mixer's only input (promise 1). A pair that is absent is silence.
 * Plain data, so that it crosses to a worker as it is; it is always replaced whole (promise 4).
 */

/** Names a port within the engine. */
export type PortId = string;

/** A gain in Q8: 256 is unity. */
export type GainQ8 = number;
export const UNITY: GainQ8 = 256;

/** One speaker as one listener hears it. */
export interface Hears {
  readonly speaker: PortId;
  readonly gainQ8: GainQ8;
  /**
   * The speaker's telephone-events (RFC 4733) are passed on to the listener too. Absent means they are not: whoever fills a
   * matrix must say so for the two parties of a call, and never for a supervisor (promise 8).
   */
  readonly digits?: boolean;
}

/** One listener's row. */
export interface Row {
  readonly listener: PortId;
  /** The speaker whose packets clock what this listener is sent (see the design's "partner"); absent: the tick alone does. */
  readonly partner?: PortId;
  readonly hears: readonly Hears[];
}

/** The whole of one call. A port without a row is sent nothing. */
export interface Matrix {
  readonly rows: readonly Row[];
}

export const SILENCE: Matrix = { rows: [] };

/** The gain with which `listener` hears `speaker`; 0 where the matrix says nothing. */
export function gain(matrix: Matrix, listener: PortId, speaker: PortId): GainQ8 {
  for (const row of matrix.rows) {
    if (row.listener !== listener) continue;
    for (const heard of row.hears) if (heard.speaker === speaker) return heard.gainQ8;
  }
  return 0;
}

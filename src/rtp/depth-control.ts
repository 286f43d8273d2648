/**
 * Decides when a jitter buffer should be a frame deeper or shallower, from the slack of its packets: how long before
 * its reading each one arrived. Slack carries the jitter of both sides, of the stream that fills the buffer and of the
 * clock that empties it. The least slack in a second (50 packets, so about the 98th percentile of lateness) decides.
 * It must never let the two changes take turns.
 */

/** How long slack is observed before a decision: long enough for 50 packets, short enough to recover fast from a stall. */
const WINDOW_MS = 1000;
/** The longest observation, reached by doubling while decisions undo each other. */
const MAX_WINDOW_MS = 16_000;
/** A gain of depth within this time of a drop says that the drop was premature. */
const UNDONE_MS = 10_000;
/** Below this slack the next packet may well be late: insert a frame while it can still be done in silence. */
const LOW_SLACK_MS = 2;
/** What must remain after a frame is dropped. Above `LOW_SLACK_MS`, so that a drop does not call for an insertion. */
export const KEEP_SLACK_MS = 5;

export class DepthControl {
  readonly #frameMs: number;
  #leastSlack = Number.POSITIVE_INFINITY;
  #windowMs = WINDOW_MS;
  #windowEnd = Number.POSITIVE_INFINITY;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #decidedAt = 0;
  #change = 0;

  constructor(frameMs: number) {
    this.#frameMs = frameMs;
  }

  /** Frames to gain (positive) or to drop (negative) as soon as it is quiet. */
  get change(): number {
    return this.#change;
  }

  /** How long the change has been waiting for quiet, ms. */
  waitingMs(now: number): number {
    return now - this.#decidedAt;
  }

  /** Notes one packet's slack, ms; negative when it came too late. */
  observe(slackMs: number, now: number): void {
    if (slackMs < this.#leastSlack) this.#leastSlack = slackMs;
    if (this.#windowEnd === Number.POSITIVE_INFINITY) this.#windowEnd = now + this.#windowMs;
    if (now < this.#windowEnd) return;
    const spare = Math.floor((this.#leastSlack - KEEP_SLACK_MS) / this.#frameMs);
    this.#change = spare > 0 ? -spare : this.#leastSlack < LOW_SLACK_MS ? 1 : 0;
    this.#decidedAt = now;
    if (this.#change === 0) this.#windowMs = Math.max(WINDOW_MS, this.#windowMs / 2);
    this.#observeAnew();
  }

  /** Depth was gained, by this decision or by a late packet. */
  gained(now: number): void {
    this.#change = 0;
    if (now - this.#droppedAt < UNDONE_MS) this.#windowMs = Math.min(MAX_WINDOW_MS, this.#windowMs * 2);
    this.#observeAnew();
  }

  /** One frame was dropped by this decision. */
  dropped(now: number): void {
    this.#change++;
    this.#droppedAt = this.#decidedAt = now;
    this.#observeAnew();
  }

  /** Another stream follows: what was observed says nothing about it. */
  reset(): void {
    this.#change = 0;
    this.#windowMs = WINDOW_MS;
    this.#observeAnew();
  }

  /** What was seen before a change is not true after it. */
  #observeAnew(): void {
    this.#leastSlack = Number.POSITIVE_INFINITY;
    this.#windowEnd = Number.POSITIVE_INFINITY;
  }
}

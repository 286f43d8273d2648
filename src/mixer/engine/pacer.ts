import type { Cancel, Clock } from "../../core/clock.ts";

/** Timers of whole milliseconds may fire this much early; waiting for the rest would cost a second timer, ms. */
const EARLY_MS = 1.5;
/** After a stall so many ticks are made up for; more would only fill the phones' buffers with what is over. */
const MAX_OWED = 5;

/**
 * Calls `onTick` every `periodMs` by the clock: each timer is set for the time the next tick is due, so that lateness never
 * adds up. Runs only between `start` and `stop`. One timer at a time, whatever the number of calls.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #onTick: (now: number) => void;
  readonly #fire = (): void => this.#onTimer();
  #due = 0;
  #yielded = false;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, periodMs: number, onTick: (now: number) => void) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#onTick = onTick;
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  /** Starts, unless it runs; the first tick comes one period from now. */
  start(): void {
    if (this.running) return;
    this.#due = this.#clock.now() + this.#periodMs;
    this.#cancel = this.#clock.after(this.#periodMs, this.#fire);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #onTimer(): void {
    const now = this.#clock.now();
    // When the thread stalled, packets wait in the sockets: they are let in first, else they would seem overdue.
    this.#yielded = !this.#yielded && now - this.#due > this.#periodMs;
    if (!this.#yielded) this.#catchUp(now);
    if (!this.running) return;
    this.#cancel = this.#clock.after(this.#yielded ? 1 : this.#due - now, this.#fire);
  }

  #catchUp(now: number): void {
    for (let owed = 0; owed < MAX_OWED && this.#due <= now + EARLY_MS; owed++) {
      this.#due += this.#periodMs;
      this.#onTick(now);
      if (!this.running) return;
    }
    if (this.#due <= now) this.#due = now + this.#periodMs;
  }
}

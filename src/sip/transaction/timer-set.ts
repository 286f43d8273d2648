import type { Cancel, Clock } from "../../core/clock.ts";
import type { TimerFired } from "./machine.ts";
import type { TimerName } from "./timers.ts";

/** The timers of one transaction, by name. */
export class TimerSet {
  readonly #clock: Clock;
  readonly #fired: (event: TimerFired) => void;
  readonly #running = new Map<TimerName, Cancel>();
  #closed = false;

  constructor(clock: Clock, fired: (event: TimerFired) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  /** Starts a timer anew, whether or not it runs. */
  start(timer: TimerName, ms: number): void {
    if (this.#closed) return;
    this.stop(timer);
    const cancel = this.#clock.after(ms, () => {
      this.#running.delete(timer);
      this.#fired({ type: "timer", timer, ms });
    });
    this.#running.set(timer, cancel);
  }

  stop(timer: TimerName): void {
    this.#running.get(timer)?.();
    this.#running.delete(timer);
  }

  /** Stops every timer; none starts again. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}

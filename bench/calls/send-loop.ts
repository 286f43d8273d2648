import type { Leg } from "./leg.ts";
import type { Samples } from "./samples.ts";

/** A frame of 20 ms in slots of one. */
const SLOTS = 20;
const SLOT_MS = 1;

/**
 * Sends for all legs from one timer: each leg has its slot of every 20 ms, as phones that started at different times do.
 * What a late timer owes is made up for, and how late each slot was is noted.
 */
export class SendLoop {
  readonly #slots: Leg[][] = Array.from({ length: SLOTS }, () => []);
  readonly #lateness: Samples;
  #next = 0;
  #dueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `lateness` gets how late each slot was, ms. */
  constructor(legs: readonly Leg[], lateness: Samples) {
    legs.forEach((leg, index) => {
      this.#slots[index % SLOTS]?.push(leg);
    });
    this.#lateness = lateness;
  }

  start(): void {
    this.#dueAt = performance.now();
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    for (let now = performance.now(); this.#dueAt <= now; now = performance.now()) {
      this.#lateness.add(now - this.#dueAt);
      for (const leg of this.#slots[this.#next] ?? []) leg.send();
      this.#next = (this.#next + 1) % SLOTS;
      this.#dueAt += SLOT_MS;
    }
    this.#timer = setTimeout(() => this.#run(), SLOT_MS);
  }
}

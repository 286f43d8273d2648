type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => void;

/** Typed events: a map from event name to the tuple of its arguments. A listener's throw never stops the emitter. */
export class Emitter<Events extends { [K in keyof Events]: readonly unknown[] }> {
  #listeners: { [K in keyof Events]?: readonly Listener<Events[K]>[] } = {};
  readonly #onThrow: (error: unknown) => void;

  /** `onThrow` is told what a listener threw: a bug, to be logged. */
  constructor(onThrow: (error: unknown) => void = reportBug) {
    this.#onThrow = onThrow;
  }

  /** Adds a listener; the return value removes it. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    // Copied on write, so that a listener removed during an emit does not shift the others.
    this.#listeners[event] = [...(this.#listeners[event] ?? []), listener];
    return () => {
      this.#listeners[event] = this.#listeners[event]?.filter((one) => one !== listener) ?? [];
    };
  }

  /** Calls every listener in the order they came; returns whether there was one. */
  emit<K extends keyof Events>(event: K, ...args: Events[K]): boolean {
    const listeners = this.#listeners[event];
    if (listeners === undefined || listeners.length === 0) return false;
    for (const listener of listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#onThrow(error);
      }
    }
    return true;
  }

  /** Drops every listener. */
  clear(): void {
    this.#listeners = {};
  }
}

function reportBug(error: unknown): void {
  console.error("a listener threw; this is a bug of Floorwalker:", error);
}

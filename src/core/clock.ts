/** Cancels what was scheduled; safe to call twice and after it ran. */
export type Cancel = () => void;

/** The only source of time: injected everywhere a shell needs one, so that tests move time by hand. */
export interface Clock {
  /** Monotonic milliseconds (fractions allowed). Never wall time. */
  now(): number;
  /** Wall-clock milliseconds since 1970 (UTC): for records and expiry that must survive a restart, never for intervals. */
  wallNow(): number;
  /** Runs `fn` once after `ms` milliseconds. */
  after(ms: number, fn: () => void): Cancel;
}

/** The machine's clock. Its timers keep the process alive only where `keepAlive` says so. */
export function systemClock(keepAlive = true): Clock {
  return {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    after(ms, fn) {
      const timer = setTimeout(fn, ms);
      if (!keepAlive) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

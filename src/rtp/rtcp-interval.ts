/**
 * When a port sends its next RTCP packet: RFC 3550 §6.3, reduced to a session of two, where the bandwidth rule never
 * rises above the minimum interval. Without timer reconsideration, which two members do not need, the compensation
 * factor of §6.3.1 falls away.
 */

/** The minimum interval, before it is randomised (RFC 3550 §6.2). */
const MINIMUM_MS = 5000;

/**
 * Ms until the next report: half to one and a half times the minimum, so that ports do not report in step; half of
 * that for the first (`initial`). `random` is in [0, 1).
 */
export function rtcpIntervalMs(random: number, initial = false): number {
  return (initial ? MINIMUM_MS / 2 : MINIMUM_MS) * (0.5 + random);
}

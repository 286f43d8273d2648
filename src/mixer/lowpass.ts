/**
 * Designs a low pass of exactly linear phase: an ideal (sinc) impulse response under a Kaiser window, after
 * Kaiser and Schafer, "On the use of the I0-sinh window for spectrum analysis" (1980). Runs once, when a module loads.
 */

/** Relative size at which the series of the Bessel function has converged. */
const CONVERGED = 1e-12;

/**
 * `2 * halfLength` taps that pass up to `cutoff` (cycles per sample, where the gain is one half) and stop what lies
 * beyond the transition by `stopBandDb` (50 or more). They are symmetric about the tap at `halfLength`; the first
 * is zero, because it falls on the window's edge: so the count is even, and the delay is `halfLength` exactly.
 */
export function kaiserLowpass(halfLength: number, cutoff: number, stopBandDb: number): Float64Array {
  const beta = 0.1102 * (stopBandDb - 8.7);
  const taps = new Float64Array(2 * halfLength);
  for (let i = 1; i < taps.length; i++) {
    const x = i - halfLength;
    const window = besselI0(beta * Math.sqrt(1 - (x / halfLength) ** 2)) / besselI0(beta);
    taps[i] = window * (x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x));
  }
  return taps;
}

/** Modified Bessel function of the first kind and order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * CONVERGED; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

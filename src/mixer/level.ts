/**
 * How loud PCM is, in dBFS: for tests, the demo and whoever shows a meter. 0 dBFS is a sine that just touches full scale
 * (AES17), so a level and a tone's amplitude read the same. Pure; not for the hot path.
 */

const FULL_SCALE = 32_768;
/** What digital silence is reported as: the floor of 16 bits, so that every level is a number to compare. */
export const FLOOR_DBFS = -96;

/** RMS level of `count` samples from `offset`, dBFS; at least `FLOOR_DBFS`. */
export function levelDbfs(samples: Int16Array, offset = 0, count = samples.length - offset): number {
  let energy = 0;
  for (let i = offset; i < offset + count; i++) energy += samples[i]! * samples[i]!;
  return count <= 0 ? FLOOR_DBFS : amplitudeDbfs(Math.sqrt((2 * energy) / count));
}

/** The level of a sine of this peak amplitude, dBFS; at least `FLOOR_DBFS`. */
export function amplitudeDbfs(amplitude: number): number {
  return amplitude <= 0 ? FLOOR_DBFS : Math.max(FLOOR_DBFS, 20 * Math.log10(amplitude / FULL_SCALE));
}

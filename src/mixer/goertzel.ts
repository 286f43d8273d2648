/**
 * How loud one tone is among others: Goertzel's algorithm (one bin of a Fourier transform, at any frequency) under a
 * Hann window, so that tones some bins away do not leak in. Tests and the demo prove with it who hears whom.
 */
import { amplitudeDbfs } from "./level.ts";

/**
 * Level of the tone of `frequencyHz` in `samples`, dBFS; at least `FLOOR_DBFS`. Resolution is 2 / duration: over 200 ms,
 * tones 20 Hz apart are told from each other.
 */
export function toneLevelDbfs(samples: Int16Array, frequencyHz: number, sampleRate = 8000): number {
  const length = samples.length;
  const turn = (2 * Math.PI) / Math.max(1, length);
  const omega = (2 * Math.PI * frequencyHz) / sampleRate;
  const coefficient = 2 * Math.cos(omega);
  let last = 0;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const windowed = samples[i]! * (0.5 - 0.5 * Math.cos(turn * i));
    const next = windowed + coefficient * last - before;
    before = last;
    last = next;
  }
  const power = Math.max(0, last * last + before * before - coefficient * last * before);
  // The window halves the sum of a tone's samples, and a real tone has half its amplitude in this bin.
  return amplitudeDbfs(length === 0 ? 0 : (4 * Math.sqrt(power)) / length);
}

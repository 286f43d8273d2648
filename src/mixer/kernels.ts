/**
 * The mixer's inner loops: sums in 32 bits, one clip at the very end (clipping as you add, then subtracting a voice,
 * distorts the rest). They work on buffers that belong to the call and must never allocate. Gains are Q8: 256 is unity.
 */

const UNITY = 256;

/** Adds `samples` samples of `input` at a gain into the sum. */
export function accumulate(acc: Int32Array, input: Int16Array, gainQ8: number, samples: number): void {
  if (gainQ8 === UNITY) {
    for (let i = 0; i < samples; i++) acc[i] = acc[i]! + input[i]!;
  } else {
    for (let i = 0; i < samples; i++) acc[i] = acc[i]! + ((input[i]! * gainQ8) >> 8);
  }
}

/** Clips the sum to 16 bits into `output`. */
export function clipTo(acc: Int32Array, output: Int16Array, samples: number): void {
  for (let i = 0; i < samples; i++) output[i] = clip(acc[i]!);
}

function clip(sum: number): number {
  return Math.max(-32_768, Math.min(32_767, sum));
}

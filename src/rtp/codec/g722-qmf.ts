/**
 * The 24-tap quadrature mirror filters of ITU-T G.722: they split 16 kHz speech into two bands of 8 kHz, and join those
 * again. The arithmetic is that of §5.2, truncation and limits included; the pair delays by 22 samples.
 */
import { limit } from "./g722-band.ts";
import { saturate } from "./g722-predictor.ts";

/** What the filters remember of the past: 24 taps less the two samples of this step. */
const HISTORY = 22;

/** Splits a stream into its sub-bands (transmit QMF). Belongs to one stream. */
export class TransmitQmf {
  private readonly x: Int16Array;

  /** `capacity`: the most samples that are ever split at once. */
  constructor(capacity: number) {
    this.x = new Int16Array(HISTORY + capacity);
  }

  /** Splits `samples` samples, an even number, into half as many of XL and XH, 15 bits each. */
  split(input: Int16Array, inputOffset: number, samples: number, xl: Int16Array, xh: Int16Array): void {
    const { x } = this;
    for (let i = 0; i < samples; i++) x[HISTORY + i] = input[inputOffset + i]!;
    for (let i = 0; i < samples; i += 2) {
      const xa = everyOtherTap(x, i + HISTORY + 1, -2);
      const xb = everyOtherTap(x, i, 2);
      xl[i >> 1] = limit((xa + xb) >> 14);
      xh[i >> 1] = limit((xa - xb) >> 14);
    }
    x.copyWithin(0, samples, samples + HISTORY);
  }
}

/** Joins the sub-bands to a stream again (receive QMF). Belongs to one stream. */
export class ReceiveQmf {
  private readonly w: Int16Array;

  /** `capacity`: the most samples that are ever joined at once. */
  constructor(capacity: number) {
    this.w = new Int16Array(HISTORY + capacity);
  }

  /** Joins RL and RH, 15 bits each, to `samples` samples, an even number. */
  join(rl: Int16Array, rh: Int16Array, samples: number, output: Int16Array, outputOffset: number): void {
    const { w } = this;
    for (let i = 0; i < samples; i += 2) {
      // XS and XD.
      w[HISTORY + i] = rl[i >> 1]! + rh[i >> 1]!;
      w[HISTORY + i + 1] = rl[i >> 1]! - rh[i >> 1]!;
    }
    for (let i = 0; i < samples; i += 2) {
      output[outputOffset + i] = saturate(everyOtherTap(w, i + HISTORY + 1, -2) >> 11);
      output[outputOffset + i + 1] = saturate(everyOtherTap(w, i, 2) >> 11);
    }
    w.copyWithin(0, samples, samples + HISTORY);
  }
}

/**
 * One phase of the filter: the taps H0, H2 to H22 in Q13, over every other sample `from` the newest backwards. H is
 * symmetric, so that H23, H21 to H1 are the same numbers, and the other phase is the same sum from the oldest forwards.
 */
function everyOtherTap(x: Int16Array, from: number, step: 2 | -2): number {
  return (
    3 * x[from]! -
    11 * x[from + step]! +
    12 * x[from + 2 * step]! +
    32 * x[from + 3 * step]! -
    210 * x[from + 4 * step]! +
    951 * x[from + 5 * step]! +
    3876 * x[from + 6 * step]! -
    805 * x[from + 7 * step]! +
    362 * x[from + 8 * step]! -
    156 * x[from + 9 * step]! +
    53 * x[from + 10 * step]! -
    11 * x[from + 11 * step]!
  );
}

/**
 * The tables of ITU-T G.722 §6.2, spread out at load so that each block of the band coders is one look-up: by whole code
 * words instead of by sign and interval, by scale instead of by exponent and mantissa. Nothing may write to them later.
 */

/** Q6: the decision levels of QUANTL, in Q12 of the scale. */
const Q6 = [
  35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
  1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/** QQ6, QQ5, QQ4: what the lower codes of 6, 5 and 4 bits stand for, in Q15 of the scale. */
const QQ6 = [
  -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232,
  -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032,
  -1688, -1360, -1040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360,
  8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728,
  432, 136, -432, -136,
];
const QQ5 = [
  -280, -280, -23_352, -17_560, -14_120, -11_664, -9752, -8184, -6864, -5712, -4696, -3784, -2960, -2208,
  -1520, -880, 23_352, 17_560, 14_120, 11_664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280,
  -280,
];
const QQ4 = [
  0, -20_456, -12_896, -8968, -6288, -4240, -2584, -1200, 20_456, 12_896, 8968, 6288, 4240, 2584, 1200, 0,
];

/** ILB: the mantissas of SCALEL and SCALEH, 2048 · 2^(i/32). */
const ILB = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960,
  3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/** INVQAL: the 4-bit value of a lower code, all that the lower band adapts to. Indexed by `code >> 2`. */
export const LOWER_DIFFERENCE = Int16Array.from(QQ4);

/** INVQBL: the value of a 6-bit lower code in modes 1, 2 and 3, in which 0, 1 and 2 of its low bits carry data. */
export const LOWER_OUTPUT = {
  1: Int16Array.from(QQ6),
  2: Int16Array.from({ length: 64 }, (_, code) => QQ5[code >> 1] ?? 0),
  3: Int16Array.from({ length: 64 }, (_, code) => QQ4[code >> 2] ?? 0),
} as const;

/** INVQAH (QQ2, IH2): the value of a higher code, in Q15 of the scale. */
export const HIGHER_DIFFERENCE = Int16Array.of(-7408, -1616, 7408, 1616);

/** LOGSCL (WL, RL42): what a lower code adds to the logarithmic scale. Indexed by `code >> 2`. */
export const LOWER_LOG_STEP = Int16Array.of(
  ...[-60, 3042, 1198, 538, 334, 172, 58, -30],
  ...[3042, 1198, 538, 334, 172, 58, -30, -60],
);

/** LOGSCH (WH, IH2): what a higher code adds to the logarithmic scale. */
export const HIGHER_LOG_STEP = Int16Array.of(798, -214, 798, -214);

/** The upper limits of the logarithmic scales (LOGSCL, LOGSCH); the lower one is 0. */
export const LOWER_LOG_LIMIT = 18_432;
export const HIGHER_LOG_LIMIT = 22_528;

/** SCALEL, SCALEH: the scale (DETL, DETH) for each value of a logarithmic scale, indexed by its bits above the sixth. */
export const LOWER_SCALE = scales(8, LOWER_LOG_LIMIT);
export const HIGHER_SCALE = scales(10, HIGHER_LOG_LIMIT);

/** Beyond this quotient of QUANTL all codes are the outermost. */
export const QUOTIENT_LIMIT = 2920;
/** Where the codes of the negative differences begin in `LOWER_CODE`. */
export const NEGATIVE_CODES = 4096;

/**
 * QUANTL (ILP, ILN): the lower code of a difference. The Recommendation looks for the first level with
 * `wd < (level · scale) >> 12`, for whole numbers the same as `level >= ceil((wd + 1) · 4096 / scale)`: indexed by that
 * quotient, with `NEGATIVE_CODES` added where the difference is negative.
 */
export const LOWER_CODE = quantizerCodes();

function quantizerCodes(): Uint8Array {
  const codes = new Uint8Array(2 * NEGATIVE_CODES);
  for (let quotient = 0; quotient <= QUOTIENT_LIMIT; quotient++) {
    const interval = Q6.filter((level) => level < quotient).length;
    codes[quotient] = 61 - interval;
    // The two innermost negative codes stand at the end, for no code to have its first four bits zero.
    codes[NEGATIVE_CODES + quotient] = (interval < 2 ? 63 : 33) - interval;
  }
  return codes;
}

function scales(exponent: number, limit: number): Int32Array {
  return Int32Array.from({ length: (limit >> 6) + 1 }, (_, i) => {
    const mantissa = ILB[i & 31] ?? 0;
    const shift = exponent - (i >> 5);
    return (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  });
}

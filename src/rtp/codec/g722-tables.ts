/**
 * The tables of ITU-T G.722 §6.2, spread out at load so that each block of the band coders is one look-up: by whole code
 * words instead of by sign and interval, by scale instead of by exponent and mantissa. Nothing may write to them later.
 */

/** What distinguishes the two sub-bands. A `code` below is 6 bits in the lower band (IL), 2 bits in the higher (IH). */
export interface Band {
  /** QUANTL, QUANTH: the code of a difference, by its magnitude in Q12 of the scale; the negative ones in a second half. */
  readonly codes: Uint8Array;
  /** INVQAL, INVQAH: what each code stands for where both ends adapt, in Q15 of the scale. */
  readonly differences: Int16Array;
  /** LOGSCL, LOGSCH: what each code adds to the logarithmic scale (NBL, NBH), and the limit of that. */
  readonly logSteps: Int16Array;
  readonly logLimit: number;
  /** SCALEL, SCALEH: the scale (DETL, DETH) of each logarithmic one, by its bits above the sixth. */
  readonly scales: Int32Array;
}

/** Beyond this quotient every code is the outermost. */
export const QUOTIENT_LIMIT = 2920;
/** Where the codes of the negative differences begin. */
export const NEGATIVE_CODES = 4096;

/** Q6: the decision levels of QUANTL, in Q12 of the scale. */
const Q6 = [
  35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
  1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/** Q2: the one decision level of QUANTH. */
const Q2 = 564;

/** QQ6, QQ5, QQ4: what the lower codes of 6, 5 and 4 bits stand for, in Q15 of the scale. */
const QQ6 = [
  ...[-136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192],
  ...[-10_232, -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776],
  ...[-2400, -2032, -1688, -1360, -1040, -728],
  ...[24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360, 8576, 7856, 7192, 6576],
  ...[6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136],
  ...[-432, -136],
];
const QQ5 = [
  ...[-280, -280, -23_352, -17_560, -14_120, -11_664, -9752, -8184, -6864, -5712, -4696, -3784, -2960],
  ...[-2208, -1520, -880],
  ...[23_352, 17_560, 14_120, 11_664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280],
  -280,
];
const QQ4 = [
  ...[0, -20_456, -12_896, -8968, -6288, -4240, -2584, -1200],
  ...[20_456, 12_896, 8968, 6288, 4240, 2584, 1200, 0],
];
/** WL by 4-bit code (RL42 applied). */
const WL = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

/** ILB: the mantissas of the scales, 2048 · 2^(i/32). */
const ILB = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960,
  3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/** 0 to 4 kHz. Both ends adapt to the upper four of the six bits, for the lower two may be lost on the way. */
export const LOWER: Band = {
  // The two innermost negative codes come last, for no code to begin with four zeros.
  codes: codes((interval) => [61 - interval, (interval < 2 ? 63 : 33) - interval], Q6),
  differences: byCode(QQ4, 2),
  logSteps: byCode(WL, 2),
  logLimit: 18_432,
  scales: scales(8, 18_432),
};

/** 4 to 8 kHz. */
export const HIGHER: Band = {
  codes: codes((interval) => [3 - interval, 1 - interval], [Q2]),
  differences: Int16Array.of(-7408, -1616, 7408, 1616),
  logSteps: Int16Array.of(798, -214, 798, -214),
  logLimit: 22_528,
  scales: scales(10, 22_528),
};

/** INVQBL: what a lower code stands for to the listener, in the modes that leave 0, 1 and 2 of its bits to data. */
export const LOWER_OUTPUTS = { 1: byCode(QQ6, 0), 2: byCode(QQ5, 1), 3: byCode(QQ4, 2) } as const;

/** A table of the lower band by its full code, from one by the code without its last `unused` bits. */
function byCode(values: readonly number[], unused: number): Int16Array {
  return Int16Array.from({ length: 64 }, (_, code) => values[code >> unused] ?? 0);
}

function codes(pair: (interval: number) => [positive: number, negative: number], levels: readonly number[]) {
  const table = new Uint8Array(NEGATIVE_CODES + QUOTIENT_LIMIT + 1);
  for (let quotient = 0; quotient <= QUOTIENT_LIMIT; quotient++) {
    const interval = levels.filter((level) => level < quotient).length;
    [table[quotient], table[NEGATIVE_CODES + quotient]] = pair(interval);
  }
  return table;
}

function scales(exponent: number, logLimit: number): Int32Array {
  return Int32Array.from({ length: (logLimit >> 6) + 1 }, (_, i) => {
    const mantissa = ILB[i & 31] ?? 0;
    const shift = exponent - (i >> 5);
    return (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  });
}

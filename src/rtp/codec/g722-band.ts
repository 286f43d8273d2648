/**
 * The two ADPCM band coders of ITU-T G.722 §3 and §4: 48 kbit/s below 4 kHz, 16 kbit/s above, at 8000 samples per second
 * each. Blocks and variables have the Recommendation's names; the arithmetic must stay bit-exact (§6.2), for both ends
 * adapt to nothing but the codes.
 */
import { Predictor, saturate } from "./g722-predictor.ts";
import {
  HIGHER_DIFFERENCE,
  HIGHER_LOG_LIMIT,
  HIGHER_LOG_STEP,
  HIGHER_SCALE,
  LOWER_CODE,
  LOWER_DIFFERENCE,
  LOWER_LOG_LIMIT,
  LOWER_LOG_STEP,
  LOWER_OUTPUT,
  LOWER_SCALE,
  NEGATIVE_CODES,
  QUOTIENT_LIMIT,
} from "./g722-tables.ts";

/** How many low bits of the lower code are audio: all six (64 kbit/s), five (56) or four (48). §1.2. */
export type Mode = keyof typeof LOWER_OUTPUT;

/** LIMIT: a band's samples have 15 bits. */
export function limit(value: number): number {
  return value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value;
}

/** The lower sub-band in one direction: an instance encodes or decodes, never both. */
export class LowerBand {
  private readonly predictor = new Predictor();
  /** NBL and DETL: the scale of the quantizer, logarithmic and linear. */
  private nb = 0;
  private det = LOWER_SCALE[0]!;

  /** Encodes a 15-bit sample (XL) to its 6-bit code (IL). */
  encode(xl: number): number {
    // SUBTRA, QUANTL.
    const el = saturate(xl - this.predictor.s);
    const sign = el >> 31;
    const det = this.det;
    const quotient = (((((el ^ sign) + 1) << 12) + det - 1) / det) | 0;
    const il =
      LOWER_CODE[(quotient > QUOTIENT_LIMIT ? QUOTIENT_LIMIT : quotient) + (sign & NEGATIVE_CODES)]!;
    this.adapt(il >> 2);
    return il;
  }

  /** Decodes a 6-bit code (ILR) to a 15-bit sample (RL): blocks INVQBL, RECONS and LIMIT. */
  decode(ilr: number, outputs: Int16Array): number {
    const rl = limit(this.predictor.s + (Math.imul(this.det, outputs[ilr]!) >> 15));
    this.adapt(ilr >> 2);
    return rl;
  }

  /** INVQAL, LOGSCL, SCALEL and block 4: follows the upper four bits of a code. */
  private adapt(ril: number): void {
    const dlt = Math.imul(this.det, LOWER_DIFFERENCE[ril]!) >> 15;
    const nb = (Math.imul(this.nb, 32_512) >> 15) + LOWER_LOG_STEP[ril]!;
    this.nb = nb < 0 ? 0 : nb > LOWER_LOG_LIMIT ? LOWER_LOG_LIMIT : nb;
    this.det = LOWER_SCALE[this.nb >> 6]!;
    this.predictor.update(dlt);
  }
}

/** The higher sub-band in one direction: an instance encodes or decodes, never both. */
export class HigherBand {
  private readonly predictor = new Predictor();
  /** NBH and DETH: the scale of the quantizer, logarithmic and linear. */
  private nb = 0;
  private det = HIGHER_SCALE[0]!;

  /** Encodes a 15-bit sample (XH) to its 2-bit code (IH). */
  encode(xh: number): number {
    // SUBTRA, QUANTH: the sign above, and below it whether the magnitude is within the only decision level, 564 in Q12.
    const eh = saturate(xh - this.predictor.s);
    const sign = eh >> 31;
    const inner = (eh ^ sign) < Math.imul(this.det, 564) >> 12 ? 1 : 0;
    const ih = ((sign + 1) << 1) | inner;
    this.adapt(ih);
    return ih;
  }

  /** Decodes a 2-bit code (IH) to a 15-bit sample (RH). */
  decode(ih: number): number {
    const s = this.predictor.s;
    return limit(s + this.adapt(ih));
  }

  /** INVQAH, LOGSCH, SCALEH and block 4: follows a code; returns DH. */
  private adapt(ih: number): number {
    const dh = Math.imul(this.det, HIGHER_DIFFERENCE[ih]!) >> 15;
    const nb = (Math.imul(this.nb, 32_512) >> 15) + HIGHER_LOG_STEP[ih]!;
    this.nb = nb < 0 ? 0 : nb > HIGHER_LOG_LIMIT ? HIGHER_LOG_LIMIT : nb;
    this.det = HIGHER_SCALE[this.nb >> 6]!;
    this.predictor.update(dh);
    return dh;
  }
}

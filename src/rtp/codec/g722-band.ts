/**
 * The ADPCM coder of one sub-band of ITU-T G.722 (§3 and §4), at 8000 samples per second: 48 kbit/s below 4 kHz, 16 kbit/s
 * above. Blocks and variables have the Recommendation's names, less the letter of the band. Encoder and decoder follow
 * each other by the codes alone, so the arithmetic must be that of §6.2 to the bit.
 */
import { Predictor, saturate } from "./g722-predictor.ts";
import { type Band, NEGATIVE_CODES, QUOTIENT_LIMIT } from "./g722-tables.ts";

/** LIMIT: a sub-band's samples have 15 bits. */
export function limit(value: number): number {
  return value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value;
}

/** One sub-band of one stream in one direction: an instance encodes or decodes, never both. */
export class BandCoder {
  private readonly band: Band;
  private readonly predictor = new Predictor();
  /** NB and DET: the scale of the quantizer, logarithmic and linear. */
  private nb = 0;
  private det: number;
  private readonly outputs: Int16Array;

  /** `outputs`: what the codes stand for to the listener (INVQBL), where that is more than both ends adapt to. */
  constructor(band: Band, outputs: Int16Array = band.differences) {
    this.band = band;
    this.outputs = outputs;
    this.det = band.scales[0]!;
  }

  /** Encodes a 15-bit sample (XL, XH) to its code (IL, IH). */
  encode(x: number): number {
    // SUBTRA; QUANTL, QUANTH.
    const e = saturate(x - this.predictor.s);
    const sign = e >> 31;
    const code = this.band.codes[quotient(e ^ sign, this.det) + (sign & NEGATIVE_CODES)]!;
    this.adapt(code);
    return code;
  }

  /** Decodes a code (ILR, IH) to a 15-bit sample (RL, RH). */
  decode(code: number): number {
    // INVQBL, INVQAH; RECONS; LIMIT.
    const r = limit(this.predictor.s + (Math.imul(this.det, this.outputs[code]!) >> 15));
    this.adapt(code);
    return r;
  }

  /** INVQA, LOGSC, SCALE and block 4: what encoder and decoder do alike with each code. */
  private adapt(code: number): void {
    const { differences, logSteps, logLimit, scales } = this.band;
    const d = Math.imul(this.det, differences[code]!) >> 15;
    const nb = (Math.imul(this.nb, 32_512) >> 15) + logSteps[code]!;
    this.nb = nb < 0 ? 0 : nb > logLimit ? logLimit : nb;
    this.det = scales[this.nb >> 6]!;
    this.predictor.update(d);
  }
}

/**
 * The Recommendation looks for the first decision level with `wd < (level · det) >> 12`, which for whole numbers is the
 * same as `level >= ceil((wd + 1) · 4096 / det)`. So one division finds the interval, whatever the scale.
 */
function quotient(wd: number, det: number): number {
  const exact = ((((wd + 1) << 12) + det - 1) / det) | 0;
  return exact > QUOTIENT_LIMIT ? QUOTIENT_LIMIT : exact;
}

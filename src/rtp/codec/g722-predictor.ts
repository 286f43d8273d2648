/**
 * Block 4 of ITU-T G.722 §6: the adaptive predictor, with two poles and six zeros, of either sub-band and either end.
 * Every step must be the integer arithmetic of §6.2, for encoder and decoder drift apart at the first different bit; where
 * a saturation of the Recommendation is left out, it cannot happen.
 */

/** The 16-bit saturation that the Recommendation's additions and subtractions have. */
export function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

/**
 * Predicts a sub-band's next sample from its quantized differences. The state has the names of §6.2 without the letter
 * of the band, and is kept as its readers want it: doubled with saturation, or the sign alone.
 */
export class Predictor {
  /** SL, SH: the prediction of the next sample. */
  s = 0;
  /** SZ: the part of it that the zeros make. */
  private sz = 0;
  /** AL1, AL2: the poles' coefficients, in Q14. */
  private a1 = 0;
  private a2 = 0;
  /** BL1 to BL6: the zeros' coefficients, in Q14. */
  private b1 = 0;
  private b2 = 0;
  private b3 = 0;
  private b4 = 0;
  private b5 = 0;
  private b6 = 0;
  /** DLT1 to DLT6, doubled: the last quantized differences, newest first. */
  private d1Doubled = 0;
  private d2Doubled = 0;
  private d3Doubled = 0;
  private d4Doubled = 0;
  private d5Doubled = 0;
  private d6Doubled = 0;
  /** RLT1, doubled: the last reconstructed sample. */
  private r1Doubled = 0;
  /** The signs of PLT1 and PLT2 (0 or -1): nothing else of the partially reconstructed samples is ever read. */
  private p1Sign = 0;
  private p2Sign = 0;

  /** Takes the quantized difference of this sample (DLT, DH; 14 bits and a sign) and predicts the next one. */
  update(d: number): void {
    // RECONS; doubled here, as FILTEP is its only reader. PARREC.
    const rDoubled = saturate((this.s + d) << 1);
    const pSign = (this.sz + d) >> 31;
    const dDoubled = d << 1;
    const sz = this.adaptZeros(dDoubled);
    const sp = this.adaptPoles(pSign, rDoubled);
    // PREDIC.
    this.sz = sz;
    this.s = saturate(sp + sz);
  }

  /** UPPOL2, UPPOL1 and FILTEP; returns SP, the poles' part of the prediction. */
  private adaptPoles(pSign: number, rDoubled: number): number {
    const { p1Sign } = this;
    // -1 where the sign of this sample differs from the last one's, and from that of the one before.
    const unlike1 = pSign ^ p1Sign;
    const unlike2 = pSign ^ this.p2Sign;
    const like1 = ~unlike1;
    const negated = (saturate(this.a1 << 2) ^ like1) - like1;
    let a2 = Math.imul(this.a2, 32_512) >> 15;
    a2 += ((negated > 32_767 ? 32_767 : negated) >> 7) + 128 + (unlike2 & -256);
    a2 = a2 > 12_288 ? 12_288 : a2 < -12_288 ? -12_288 : a2;
    // The limit keeps a1 within 27 648, so that the sum before it cannot overflow.
    let a1 = Math.imul(this.a1, 32_640) >> 15;
    a1 += 192 + (unlike1 & -384);
    const limit = 15_360 - a2;
    a1 = a1 > limit ? limit : a1 < -limit ? -limit : a1;
    const sp = (Math.imul(a1, rDoubled) >> 15) + (Math.imul(a2, this.r1Doubled) >> 15);
    this.a1 = a1;
    this.a2 = a2;
    this.r1Doubled = rDoubled;
    this.p2Sign = p1Sign;
    this.p1Sign = pSign;
    return saturate(sp);
  }

  /** UPZERO, DELAYA and FILTEZ; returns SZ. Oldest first, as FILTEZ adds, and saturates at each addition. */
  private adaptZeros(dDoubled: number): number {
    const { d1Doubled, d2Doubled, d3Doubled, d4Doubled, d5Doubled, d6Doubled } = this;
    const step = dDoubled === 0 ? 0 : 128;
    const b6 = adaptZero(this.b6, step, dDoubled ^ d6Doubled);
    const b5 = adaptZero(this.b5, step, dDoubled ^ d5Doubled);
    const b4 = adaptZero(this.b4, step, dDoubled ^ d4Doubled);
    const b3 = adaptZero(this.b3, step, dDoubled ^ d3Doubled);
    const b2 = adaptZero(this.b2, step, dDoubled ^ d2Doubled);
    const b1 = adaptZero(this.b1, step, dDoubled ^ d1Doubled);
    let sz = (Math.imul(b6, d5Doubled) >> 15) + (Math.imul(b5, d4Doubled) >> 15);
    sz = saturate(sz) + (Math.imul(b4, d3Doubled) >> 15);
    sz = saturate(sz) + (Math.imul(b3, d2Doubled) >> 15);
    sz = saturate(sz) + (Math.imul(b2, d1Doubled) >> 15);
    sz = saturate(sz) + (Math.imul(b1, dDoubled) >> 15);
    this.b1 = b1;
    this.b2 = b2;
    this.b3 = b3;
    this.b4 = b4;
    this.b5 = b5;
    this.b6 = b6;
    this.d6Doubled = d5Doubled;
    this.d5Doubled = d4Doubled;
    this.d4Doubled = d3Doubled;
    this.d3Doubled = d2Doubled;
    this.d2Doubled = d1Doubled;
    this.d1Doubled = dDoubled;
    return saturate(sz);
  }
}

/**
 * UPZERO for one coefficient: leaks a 256th of it, and moves it by `step` up where the two differences have the same
 * sign (`signs`, their exclusive or, is not negative) and down where they have not. 32 767 · 255/256 + 128 is 32 767, so
 * there is nothing to saturate.
 */
function adaptZero(b: number, step: number, signs: number): number {
  const unlike = signs >> 31;
  return (Math.imul(b, 32_640) >> 15) + ((step ^ unlike) - unlike);
}

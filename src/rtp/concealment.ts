/**
 * Fills what the network lost with more of what was heard last, for PCM of G.711: the method of ITU-T G.711 Appendix I.
 * The last pitch period is repeated, then the last two and three (one alone soon buzzes), from 10 ms on ever softer,
 * silent from 60 ms on; every seam is overlapped and added. What arrived is played bit for bit, `delaySamples` late,
 * but for what touches a loss. It must never allocate, nor keep a voice sounding that is gone.
 *
 * Where the Appendix counts 10 ms frames, here samples are counted: the output does not depend on how it is cut.
 */
import { type PitchSearch, pitchPeriod } from "./pitch.ts";

/** Human pitch, 66 to 200 Hz. A higher voice is found at a multiple of its period. */
const SHORTEST_PITCH_MS = 5;
const LONGEST_PITCH_MS = 15;
/** How much of the end of the history must recur one pitch period earlier. */
const WINDOW_MS = 20;
/** Each time this has passed, one more period is repeated, up to three; after the first time, the loss fades. */
const STAGE_MS = 10;
const MOST_PERIODS = 3;
/** Seams overlap by this part of a period. */
const OVERLAP = 0.25;
/** After this long a loss is silence. */
const SILENT_MS = 60;
/** The seam at the end grows with the loss, by so much per ms beyond the first stage, up to one stage. */
const RECOVERY_GROWTH = 0.4;

/** The concealment of one stream. */
export class Concealment {
  /** By how many samples the output lags: 3.75 ms, so that the sound before a loss can still be bent to fit it. */
  readonly delaySamples: number;
  readonly #stage: number;
  readonly #silent: number;
  readonly #search: PitchSearch;
  /** What was heard or made up last; all but its last `delaySamples` have been played. */
  readonly #history: Float64Array;
  /** The history when the loss began; its end, bent to run into the beginning of the cycle, is what is repeated. */
  readonly #past: Float64Array;
  /** The end of `#past` before it was bent. */
  readonly #tail: Float64Array;
  /** What the cycle before would have gone on with, to fade out of. */
  readonly #leaving: Float64Array;
  /** Samples lost without a break; it stays at `#silent`. */
  #lost = 0;
  #period = 0;
  /** The length of what is repeated, a whole number of periods, and where in it we are. */
  #cycle = 0;
  #position = 0;
  /** How many samples of `#leaving` are still to be faded. */
  #toLeave = 0;
  /** The seam at the end of the last loss: its length, how much of it is left, and how loud the made-up side is. */
  #recovery = 0;
  #toRecover = 0;
  #recoveryGain = 0;

  constructor(sampleRate: 8000 | 16_000 = 8000) {
    const perMs = sampleRate / 1000;
    const longest = LONGEST_PITCH_MS * perMs;
    this.delaySamples = longest * OVERLAP;
    this.#stage = STAGE_MS * perMs;
    this.#silent = SILENT_MS * perMs;
    this.#search = {
      window: WINDOW_MS * perMs,
      shortest: SHORTEST_PITCH_MS * perMs,
      longest,
      stride: sampleRate / 4000,
    };
    this.#history = new Float64Array(longest * (MOST_PERIODS + OVERLAP));
    this.#past = new Float64Array(this.#history.length);
    this.#tail = new Float64Array(this.delaySamples);
    this.#leaving = new Float64Array(this.delaySamples);
  }

  /** Takes `samples` that arrived, any number, and puts in their place what is to be played. */
  good(pcm: Int16Array, offset: number, samples: number): void {
    if (this.#lost > 0) this.#endLoss();
    const seam = Math.min(samples, this.#toRecover);
    for (let i = offset; i < offset + seam; i++) {
      const arrived = 1 - --this.#toRecover / this.#recovery;
      pcm[i] = Math.round(pcm[i]! * arrived + this.#next() * this.#recoveryGain * (1 - arrived));
    }
    this.#play(pcm, offset, samples);
  }

  /** Puts what is to be played into the place of `samples` that were lost, any number. */
  conceal(pcm: Int16Array, offset: number, samples: number): void {
    if (this.#lost === 0) this.#beginLoss();
    for (let i = offset; i < offset + samples; i++) {
      if (this.#lost === this.#silent) {
        pcm[i] = 0;
        continue;
      }
      const periods = 1 + this.#lost / this.#stage;
      if (periods === 2 || periods === MOST_PERIODS) this.#lengthen(periods);
      pcm[i] = Math.round(this.#next() * this.#gain());
      this.#lost++;
    }
    this.#play(pcm, offset, samples);
  }

  /** Begins another stream, after silence. */
  reset(): void {
    this.#history.fill(0);
    this.#lost = this.#toRecover = this.#toLeave = 0;
  }

  /** Full for the first stage, then falling evenly to nothing. */
  #gain(): number {
    return Math.min(1, (this.#silent - this.#lost) / (this.#silent - this.#stage));
  }

  /** Chooses what to repeat, and bends the sound before the loss towards it. */
  #beginLoss(): void {
    // The loss before may have ended within a seam.
    this.#toLeave = 0;
    this.#period = pitchPeriod(this.#history, this.#search);
    this.#past.set(this.#history);
    const end = this.#history.length;
    for (let i = 0; i < this.delaySamples; i++) this.#tail[i] = this.#history[end - this.delaySamples + i]!;
    this.#repeat(1);
    for (let i = end - this.#overlap(); i < end; i++) this.#history[i] = Math.round(this.#past[i]!);
    this.#position = 0;
  }

  /** Goes over to a longer cycle at the same point of the period. */
  #lengthen(periods: number): void {
    const overlap = this.#overlap();
    const position = this.#position % this.#period;
    for (let i = 0; i < overlap; i++) this.#leaving[i] = this.#next();
    this.#repeat(periods);
    this.#position = position;
    this.#toLeave = overlap;
  }

  /** Makes the last `periods` the cycle, its end bent so that it runs into its beginning. */
  #repeat(periods: number): void {
    this.#cycle = periods * this.#period;
    const overlap = this.#overlap();
    const start = this.#past.length - overlap;
    for (let i = 0; i < overlap; i++) {
      const bent = (i + 1) / overlap;
      const real = this.#tail[this.delaySamples - overlap + i]!;
      this.#past[start + i] = real * (1 - bent) + this.#past[start - this.#cycle + i]! * bent;
    }
  }

  /** The next sample of the repetition, at full level. */
  #next(): number {
    const sample = this.#past[this.#past.length - this.#cycle + this.#position]!;
    if (++this.#position === this.#cycle) this.#position = 0;
    if (this.#toLeave === 0) return sample;
    const overlap = this.#overlap();
    const left = this.#leaving[overlap - this.#toLeave]!;
    const leaving = --this.#toLeave / overlap;
    return left * leaving + sample * (1 - leaving);
  }

  /** Goes back to what arrives, over a seam that is the longer the further the repetition may have strayed. */
  #endLoss(): void {
    const grown = this.#overlap() + Math.floor(RECOVERY_GROWTH * (this.#lost - this.#stage));
    this.#recovery = this.#toRecover = Math.max(this.#overlap(), Math.min(this.#stage, grown));
    this.#recoveryGain = this.#gain();
    this.#lost = 0;
  }

  #overlap(): number {
    return Math.floor(this.#period * OVERLAP);
  }

  /** Appends to the history, and hands out what is `delaySamples` older. */
  #play(pcm: Int16Array, offset: number, samples: number): void {
    const history = this.#history;
    const most = history.length - this.delaySamples;
    for (let done = 0; done < samples; done += most) {
      const count = Math.min(most, samples - done);
      const end = history.length - count;
      history.copyWithin(0, count);
      for (let i = 0; i < count; i++) history[end + i] = pcm[offset + done + i]!;
      for (let i = 0; i < count; i++) pcm[offset + done + i] = history[end - this.delaySamples + i]!;
    }
  }
}

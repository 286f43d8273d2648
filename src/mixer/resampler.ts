/**
 * Takes PCM from one rate of the house to another: a polyphase FIR filter, the low pass of an exact conversion by a
 * ratio of small integers, of which only the taps that meet a sample are computed. Linear phase, the same delay at
 * every frequency. Hot: it must never allocate, and it rounds and clips once, at the very end.
 *
 * With `low` the lower of the two rates (measured by the tests, through this code):
 *
 * - pass band: gain within 0.5 dB up to 0.42 `low` (3360 Hz at 8 kHz; 0.05 dB up to 0.40), exactly 1 at 0 Hz;
 * - stop band: at least 60 dB down from 0.56 `low`, so nothing folds back below 0.44 `low`;
 * - delay: 12 samples of the lower rate: 1.5 ms at 8 kHz, 0.75 at 16, 0.5 at 24.
 *
 * The delay buys the width of the transition, 0.14 `low`, by Kaiser's formula. To stop from 0.50 `low` already, it
 * would be 2.5 ms at 8 kHz, to cleanse only what lies over 3.5 kHz, where telephony (0.3 to 3.4 kHz) is mute.
 */
import { kaiserLowpass } from "./lowpass.ts";

/** The rates that PCM comes in: G.711, G.722, and Opus at its wider bands. */
export const SAMPLE_RATES = [8000, 16_000, 24_000, 48_000] as const;
/** A rate of PCM, Hz. */
export type SampleRate = (typeof SAMPLE_RATES)[number];

/** Half of the impulse response, and so the delay, in samples of the lower rate. Even: whole samples at 3 : 2 too. */
const HALF_LENGTH = 12;
/** Where the gain is one half, as a part of the lower rate: as low as 0.5 dB at 0.42 allows. */
const CUTOFF = 0.474;
/** What the window is asked for: 5 dB over the promise, which the missing edge taps eat. */
const STOP_BAND_DB = 65;
/** The longest input filtered at once; more is cut. */
const BLOCK_MS = 20;

/** A conversion by `up / down`, its taps sorted by the phase at which an output sample falls between two of the input. */
interface Filter {
  readonly up: number;
  readonly down: number;
  /** Taps of one phase: always a multiple of 4, for the unrolled loop. */
  readonly taps: number;
  /** The taps of phase 0, of phase 1, ..., each in the order of the samples they meet. */
  readonly coefficients: Float64Array;
  /** Delay in output samples. */
  readonly delay: number;
}

const FILTERS: ReadonlyMap<string, Filter> = new Map(
  SAMPLE_RATES.flatMap((from) =>
    SAMPLE_RATES.map((to) => {
      const { up, down } = ratio(from, to);
      return [`${up}/${down}`, design(up, down)] as const;
    }),
  ),
);

/** One stream from one rate to another. */
export class Resampler {
  /** By how many output samples the output lags behind the input. */
  readonly delaySamples: number;
  readonly #filter: Filter;
  readonly #block: number;
  /** What the taps reach back to, then the block being filtered. Doubles: V8 computes in them, and fastest from them. */
  readonly #samples: Float64Array;
  /** Where the next output sample falls after the input so far, in `1 / up` input samples: an integer, so no drift. */
  #ahead = 0;

  constructor(fromHz: SampleRate, toHz: SampleRate) {
    const { up, down } = ratio(fromHz, toHz);
    this.#filter = FILTERS.get(`${up}/${down}`) ?? design(up, down);
    this.delaySamples = this.#filter.delay;
    this.#block = (fromHz * BLOCK_MS) / 1000;
    this.#samples = new Float64Array(this.#filter.taps - 1 + this.#block);
  }

  /** How many samples `process` will write for the next `samples` of input. */
  outputSamplesFor(samples: number): number {
    const { up, down } = this.#filter;
    return Math.max(0, Math.ceil((samples * up - this.#ahead) / down));
  }

  /** Converts the next `samples` of the stream, any number; returns how many were written. `output` must hold them. */
  process(
    input: Int16Array,
    inputOffset: number,
    samples: number,
    output: Int16Array,
    outputOffset: number,
  ): number {
    let written = 0;
    for (let read = 0; read < samples; read += this.#block) {
      const count = Math.min(this.#block, samples - read);
      const history = this.#filter.taps - 1;
      for (let i = 0; i < count; i++) this.#samples[history + i] = input[inputOffset + read + i]!;
      written += this.#filterBlock(count, output, outputOffset + written);
      this.#samples.copyWithin(0, count, count + history);
    }
    return written;
  }

  /** Begins another stream, after silence. */
  reset(): void {
    this.#samples.fill(0);
    this.#ahead = 0;
  }

  /** Writes every output sample that falls within the block; returns how many. */
  #filterBlock(count: number, output: Int16Array, outputOffset: number): number {
    const samples = this.#samples;
    const { up, down, taps, coefficients } = this.#filter;
    const step = Math.floor(down / up);
    const phaseStep = down % up;
    let position = Math.floor(this.#ahead / up);
    let phase = this.#ahead % up;
    let written = outputOffset;
    while (position < count) {
      let sum = 0;
      let tap = phase * taps;
      // Four products a turn: a fifth faster than one; more accumulators than one gain nothing.
      for (let i = position; i < position + taps; i += 4, tap += 4) {
        sum +=
          samples[i]! * coefficients[tap]! +
          samples[i + 1]! * coefficients[tap + 1]! +
          (samples[i + 2]! * coefficients[tap + 2]! + samples[i + 3]! * coefficients[tap + 3]!);
      }
      output[written++] = sum >= 32_767 ? 32_767 : sum <= -32_768 ? -32_768 : Math.round(sum);
      position += step;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        position++;
      }
    }
    this.#ahead = (position - count) * up + phase;
    return written - outputOffset;
  }
}

/** The ratio of two rates in lowest terms. */
function ratio(fromHz: number, toHz: number): { up: number; down: number } {
  let divisor = fromHz;
  for (let rest = toHz; rest > 0; ) [divisor, rest] = [rest, divisor % rest];
  return { up: toHz / divisor, down: fromHz / divisor };
}

function design(up: number, down: number): Filter {
  const widest = Math.max(up, down);
  if (widest === 1) return { up, down, taps: 4, coefficients: Float64Array.of(0, 0, 0, 1), delay: 0 };
  const response = kaiserLowpass(HALF_LENGTH * widest, CUTOFF / widest, STOP_BAND_DB);
  const taps = response.length / up;
  const coefficients = new Float64Array(response.length);
  for (let phase = 0; phase < up; phase++) {
    // Each phase by itself sums to 1: a constant stays constant instead of humming at the lower rate.
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += response[phase + k * up]!;
    for (let k = 0; k < taps; k++)
      coefficients[phase * taps + taps - 1 - k] = response[phase + k * up]! / sum;
  }
  return { up, down, taps, coefficients, delay: (HALF_LENGTH * widest) / down };
}

import type { Codec } from "../../../src/rtp/codec/codec.ts";
import { G711_CODECS } from "../../../src/rtp/codec/g711.ts";

export const RATE_HZ = 8000;
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;
const FULL_SCALE = 32_768;

/** A sine; 0 dBFS is one that just fits 16 bits. */
export interface Tone {
  /** A multiple of 50, so that whole periods fill each second and frames repeat. */
  readonly hz: number;
  readonly levelDbfs: number;
}

/** The payload of packet `index` of a stream. */
export type Payloads = (index: number) => Uint8Array;

/** A tone as G.711 payloads: one second of frames made beforehand, over and over. */
export function tonePayloads({ hz, levelDbfs }: Tone, codecName: keyof typeof G711_CODECS): Payloads {
  const codec: Codec = G711_CODECS[codecName];
  const amplitude = FULL_SCALE * 10 ** (levelDbfs / 20);
  const samples = Int16Array.from({ length: RATE_HZ }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / RATE_HZ)),
  );
  const second = new Uint8Array(RATE_HZ);
  codec.encode(samples, 0, RATE_HZ, second, 0);
  return (index) => {
    const from = (index * FRAME_SAMPLES) % RATE_HZ;
    return second.subarray(from, from + FRAME_SAMPLES);
  };
}

/** Payloads all different and known beforehand, for byte-exact comparison: the index, then bytes that hash it and `seed`. */
export function patternPayloads(seed: number): Payloads {
  return (index) => {
    const payload = new Uint8Array(FRAME_SAMPLES);
    let state = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 0;
    for (let i = 4; i < FRAME_SAMPLES; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      payload[i] = state >>> 24;
    }
    new DataView(payload.buffer).setUint32(0, index);
    return payload;
  };
}

/** How loud a sine of `hz` is within the samples, dBFS; -100 for nothing at all. */
export function levelOf(samples: Int16Array, hz: number): number {
  // Goertzel under a Hann window, so that a tone not quite periodic in the window does not leak into its neighbours.
  const n = samples.length;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let last = 0;
  let beforeLast = 0;
  samples.forEach((sample, i) => {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
    const next = sample * window + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  });
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  // Half the energy of a real sine is at -hz, and the window halves the rest: hence 4.
  const amplitude = (4 * Math.sqrt(Math.max(power, 0))) / n;
  return Math.max(-100, 20 * Math.log10(amplitude / FULL_SCALE));
}

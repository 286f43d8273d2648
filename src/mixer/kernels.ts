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

/** Adds a G.711 payload at a gain into the sum, decoding it by `decodeTable` on the way. */
export function accumulateDecoded(
  acc: Int32Array,
  payload: Uint8Array,
  payloadOffset: number,
  decodeTable: Int16Array,
  gainQ8: number,
  samples: number,
): void {
  if (gainQ8 === UNITY) {
    for (let i = 0; i < samples; i++) acc[i] = acc[i]! + decodeTable[payload[payloadOffset + i]!]!;
  } else {
    for (let i = 0; i < samples; i++) {
      acc[i] = acc[i]! + ((decodeTable[payload[payloadOffset + i]!]! * gainQ8) >> 8);
    }
  }
}

/** Clips the sum to 16 bits into `output`. */
export function clipTo(acc: Int32Array, output: Int16Array, samples: number): void {
  for (let i = 0; i < samples; i++) output[i] = clip(acc[i]!);
}

/** Clips the sum and encodes it by `encodeTable` (64 Ki bytes, indexed by the sample's low 16 bits). */
export function encodeSum(
  acc: Int32Array,
  encodeTable: Uint8Array,
  output: Uint8Array,
  outputOffset: number,
  samples: number,
): void {
  for (let i = 0; i < samples; i++) output[outputOffset + i] = encodeTable[clip(acc[i]!) & 0xffff]!;
}

/**
 * The whole mix of the commonest frame in one pass: the partner's payload decoded at unity gain, plus the sum of the
 * other speakers, clipped and encoded. `acc` is only read.
 */
export function mixEncode(
  acc: Int32Array,
  payload: Uint8Array,
  payloadOffset: number,
  decodeTable: Int16Array,
  encodeTable: Uint8Array,
  output: Uint8Array,
  outputOffset: number,
  samples: number,
): void {
  for (let i = 0; i < samples; i++) {
    const sum = acc[i]! + decodeTable[payload[payloadOffset + i]!]!;
    output[outputOffset + i] = encodeTable[clip(sum) & 0xffff]!;
  }
}

/** Re-encodes a payload byte by byte: a relay between PCMU and PCMA. `table` is made by `transcodeTable`. */
export function transcode(
  payload: Uint8Array,
  payloadOffset: number,
  table: Uint8Array,
  output: Uint8Array,
  outputOffset: number,
  samples: number,
): void {
  for (let i = 0; i < samples; i++) output[outputOffset + i] = table[payload[payloadOffset + i]!]!;
}

/** The 256-byte table that takes one G.711 law's bytes to the other's. Made at set-up, not per packet. */
export function transcodeTable(decodeTable: Int16Array, encodeTable: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => encodeTable[decodeTable[byte]! & 0xffff]!);
}

function clip(sum: number): number {
  return Math.max(-32_768, Math.min(32_767, sum));
}

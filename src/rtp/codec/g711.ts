/**
 * PCMU and PCMA (ITU-T G.711, RFC 3551 §4.5.14) by table. `alawmulaw` is the tables' source of truth; they are made
 * once, at load. The hot path must never compute a companding curve.
 */
import alawmulaw from "alawmulaw";
import type { Codec } from "./codec.ts";

/** A codec of one byte per sample, with its tables laid open for fused kernels. */
export interface G711Codec extends Codec {
  /** The PCM sample of each of the 256 bytes. */
  readonly decodeTable: Int16Array;
  /** The byte of each PCM sample, indexed by the sample's low 16 bits (`sample & 0xffff`). */
  readonly encodeTable: Uint8Array;
}

/** The one-sample functions of a companding law. */
interface Law {
  encodeSample(sample: number): number;
  decodeSample(byte: number): number;
}

class TableCodec implements G711Codec {
  readonly name: "PCMU" | "PCMA";
  readonly payloadType: number;
  readonly clockRate = 8000;
  readonly silence: number;
  readonly decodeTable = new Int16Array(256);
  readonly encodeTable = new Uint8Array(65_536);

  constructor(name: "PCMU" | "PCMA", payloadType: number, law: Law) {
    this.name = name;
    this.payloadType = payloadType;
    for (let byte = 0; byte < 256; byte++) this.decodeTable[byte] = law.decodeSample(byte);
    for (let sample = -32_768; sample < 32_768; sample++) {
      this.encodeTable[sample & 0xffff] = law.encodeSample(sample);
    }
    this.silence = this.encodeTable[0]!;
  }

  encode(
    input: Int16Array,
    inputOffset: number,
    samples: number,
    output: Uint8Array,
    outputOffset: number,
  ): number {
    const table = this.encodeTable;
    for (let i = 0; i < samples; i++) output[outputOffset + i] = table[input[inputOffset + i]! & 0xffff]!;
    return samples;
  }

  decode(
    input: Uint8Array,
    inputOffset: number,
    length: number,
    output: Int16Array,
    outputOffset: number,
  ): number {
    const table = this.decodeTable;
    for (let i = 0; i < length; i++) output[outputOffset + i] = table[input[inputOffset + i]!]!;
    return length;
  }
}

/** G.711 µ-law, payload type 0. */
export const pcmu: G711Codec = new TableCodec("PCMU", 0, alawmulaw.mulaw);
/** G.711 A-law, payload type 8. */
export const pcma: G711Codec = new TableCodec("PCMA", 8, alawmulaw.alaw);

/** The codecs by their SDP encoding name. */
export const G711_CODECS = { PCMU: pcmu, PCMA: pcma } as const;

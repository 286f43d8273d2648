/** What the media plane asks of an audio codec: to write into buffers that are there already. It allocates nothing per call and never throws. */

/** Encodes a stream, in order where the codec remembers it. */
export interface Encoder {
  /** Encodes `samples` samples from `inputOffset`; returns the bytes written at `outputOffset`. */
  encode(
    input: Int16Array,
    inputOffset: number,
    samples: number,
    output: Uint8Array,
    outputOffset: number,
  ): number;
}

/** Decodes a stream, in order where the codec remembers it. */
export interface Decoder {
  /** Decodes `length` bytes from `inputOffset`; returns the samples written at `outputOffset`. */
  decode(
    input: Uint8Array,
    inputOffset: number,
    length: number,
    output: Int16Array,
    outputOffset: number,
  ): number;
}

/** A codec that remembers nothing between two samples, so that all streams can share it. */
export interface Codec extends Encoder, Decoder {
  /** The SDP encoding name. */
  readonly name: "PCMU" | "PCMA";
  /** The static payload type (RFC 3551 §6). */
  readonly payloadType: number;
  /** Ticks of the RTP timestamp per second; also samples per second. */
  readonly clockRate: 8000;
  /** The payload byte that stands for a silent sample. */
  readonly silence: number;
}

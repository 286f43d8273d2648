/** What the media plane asks of an audio codec: to write into buffers that are there already. It allocates nothing per call and never throws. */
export interface Codec {
  /** The SDP encoding name. */
  readonly name: "PCMU" | "PCMA";
  /** The static payload type (RFC 3551 §6). */
  readonly payloadType: number;
  /** Ticks of the RTP timestamp per second; also samples per second. */
  readonly clockRate: 8000;
  /** The payload byte that stands for a silent sample. */
  readonly silence: number;
  /** Encodes `samples` samples from `inputOffset`; returns the bytes written at `outputOffset`. */
  encode(
    input: Int16Array,
    inputOffset: number,
    samples: number,
    output: Uint8Array,
    outputOffset: number,
  ): number;
  /** Decodes `length` bytes from `inputOffset`; returns the samples written at `outputOffset`. */
  decode(
    input: Uint8Array,
    inputOffset: number,
    length: number,
    output: Int16Array,
    outputOffset: number,
  ): number;
}

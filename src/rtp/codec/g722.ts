/**
 * ITU-T G.722 at 64 kbit/s (RFC 3551 §4.5.2): 16 kHz samples to one octet per pair, 160 octets per 20 ms, and back. An
 * encoder and a decoder remember their stream, so each belongs to one; neither may allocate once it is made.
 */
import type { Decoder, Encoder } from "./codec.ts";
import { BandCoder } from "./g722-band.ts";
import { ReceiveQmf, TransmitQmf } from "./g722-qmf.ts";
import { HIGHER, LOWER, LOWER_OUTPUTS } from "./g722-tables.ts";

/** Samples filtered at once: 20 ms. Longer frames go through in pieces. */
const PIECE = 320;

/** What SDP and RTP say of G.722. The clock is half the sampling rate, by an error of RFC 1890 kept ever since. */
export const g722 = {
  name: "G722",
  payloadType: 9,
  clockRate: 8000,
  sampleRate: 16_000,
  createEncoder: (): Encoder => new G722Encoder(),
  createDecoder: (): Decoder => new G722Decoder(),
} as const;

/** Encodes one stream. */
class G722Encoder implements Encoder {
  private readonly qmf = new TransmitQmf(PIECE);
  private readonly lower = new BandCoder(LOWER);
  private readonly higher = new BandCoder(HIGHER);
  private readonly xl = new Int16Array(PIECE / 2);
  private readonly xh = new Int16Array(PIECE / 2);

  /** Two samples make an octet: the last one of an odd number is left out. */
  encode(
    input: Int16Array,
    inputOffset: number,
    samples: number,
    output: Uint8Array,
    outputOffset: number,
  ): number {
    const octets = samples >> 1;
    const { lower, higher, xl, xh } = this;
    for (let done = 0; done < octets; done += PIECE / 2) {
      const count = Math.min(PIECE / 2, octets - done);
      this.qmf.split(input, inputOffset + 2 * done, 2 * count, xl, xh);
      for (let i = 0; i < count; i++) {
        output[outputOffset + done + i] = (higher.encode(xh[i]!) << 6) | lower.encode(xl[i]!);
      }
    }
    return octets;
  }
}

/** Decodes one stream. */
class G722Decoder implements Decoder {
  private readonly qmf = new ReceiveQmf(PIECE);
  private readonly lower = new BandCoder(LOWER, LOWER_OUTPUTS[1]);
  private readonly higher = new BandCoder(HIGHER);
  private readonly rl = new Int16Array(PIECE / 2);
  private readonly rh = new Int16Array(PIECE / 2);

  decode(
    input: Uint8Array,
    inputOffset: number,
    length: number,
    output: Int16Array,
    outputOffset: number,
  ): number {
    const { lower, higher, rl, rh } = this;
    for (let done = 0; done < length; done += PIECE / 2) {
      const count = Math.min(PIECE / 2, length - done);
      for (let i = 0; i < count; i++) {
        const code = input[inputOffset + done + i]!;
        rl[i] = lower.decode(code & 63);
        rh[i] = higher.decode(code >> 6);
      }
      this.qmf.join(rl, rh, 2 * count, output, outputOffset + 2 * done);
    }
    return 2 * length;
  }
}

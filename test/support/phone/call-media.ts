import { RtpStream } from "./rtp-stream.ts";
import {
  type AudioSdp,
  type CodecName,
  commonFormats,
  type Direction,
  eventTypeOf,
  formatsOf,
  mirrored,
  readSdp,
  writeSdp,
} from "./sdp.ts";
import type { Payloads } from "./tone.ts";
import type { PhoneContext } from "./types.ts";

type MediaOptions = Pick<PhoneContext, "codecs" | "payloads" | "eventType">;

/** The spellings of hold. */
export type Hold = "sendonly" | "inactive" | "zero-address" | "sendonly-zero-address";

/** How a phone on hold describes itself. */
const HELD: Readonly<Record<Hold, { readonly direction: Direction; readonly isZero: boolean }>> = {
  sendonly: { direction: "sendonly", isZero: false },
  inactive: { direction: "inactive", isZero: false },
  "zero-address": { direction: "sendrecv", isZero: true },
  "sendonly-zero-address": { direction: "sendonly", isZero: true },
};

/** One call's media as negotiation steers it: who may send, in what codec, to where. */
export class CallMedia {
  readonly stream: RtpStream;
  /** How we hold the call; undefined while we do not. */
  held: Hold | undefined;
  /** The far end's description in force. */
  remote: AudioSdp | undefined;
  readonly #codecs: readonly CodecName[];
  readonly #payloads: (codec: CodecName) => Payloads;
  readonly #eventType: number;
  #version = 1;

  private constructor(
    stream: RtpStream,
    codecs: readonly CodecName[],
    payloads: (codec: CodecName) => Payloads,
    eventType: number,
  ) {
    this.stream = stream;
    this.#eventType = eventType;
    this.#codecs = codecs;
    this.#payloads = payloads;
  }

  static async open({ codecs, payloads, eventType }: MediaOptions): Promise<CallMedia> {
    return new CallMedia(await RtpStream.open(), codecs, payloads, eventType);
  }

  /** Takes the far end's description out of a body, if it has one. */
  learn(body: Uint8Array): void {
    if (body.length > 0) this.remote = readSdp(new TextDecoder().decode(body)) ?? this.remote;
  }

  offer(): string {
    return this.#write("sendrecv", formatsOf(this.#codecs, this.#eventType));
  }

  /** The answer to the far end's last offer, or our own where it made none; undefined without a common codec. */
  answer(): string | undefined {
    if (this.remote === undefined) return this.offer();
    const formats = commonFormats(this.remote.formats, this.#codecs);
    return formats && this.#write(mirrored(this.remote.direction), formats);
  }

  /** Sends, or falls silent, as both descriptions want it. */
  apply(): void {
    const format = this.remote?.formats.find(({ encoding }) =>
      this.#codecs.some((name) => name === encoding),
    );
    const { remote } = this;
    if (remote === undefined || format === undefined || this.held !== undefined || !wantsMedia(remote)) {
      this.stream.send(undefined);
      return;
    }
    const { payloadType, encoding } = format;
    const payloads = this.#payloads(encoding === "PCMU" ? "PCMU" : "PCMA");
    this.stream.send({ to: remote, payloadType, payloads, eventType: eventTypeOf(remote.formats) });
  }

  #write(direction: Direction, formats: AudioSdp["formats"]): string {
    // Packets to us bear the numbers of our own description.
    this.stream.recorder.eventType = eventTypeOf(formats);
    const { address, port } = this.stream.local;
    const held = this.held && HELD[this.held];
    return writeSdp(
      {
        address: held?.isZero ? "0.0.0.0" : address,
        port,
        direction: held?.direction ?? direction,
        formats,
      },
      this.#version++,
    );
  }
}

function wantsMedia({ direction, address }: AudioSdp): boolean {
  return (direction === "sendrecv" || direction === "recvonly") && address !== "0.0.0.0";
}

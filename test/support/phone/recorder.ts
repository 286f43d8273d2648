import { G711_CODECS } from "../../../src/rtp/codec/g711.ts";
import { levelOf, RATE_HZ } from "./tone.ts";

/** An RTP packet as it was received. */
export interface ReceivedPacket {
  /** When, ms of `performance.now()`. */
  readonly at: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

/** Everything a phone received of one call's media, and what it sounds like. */
export class MediaRecorder {
  /** Audio and events, in the order of arrival. */
  readonly packets: ReceivedPacket[] = [];
  /** RTCP datagrams as they are. */
  readonly rtcp: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  /** Datagrams that are no RTP version 2. */
  malformed = 0;
  /** The payload type of telephone-event, once negotiated. */
  eventType: number | undefined;

  /** Takes a datagram of the RTP port. */
  receive(bytes: Uint8Array, at: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 12 || bytes[0] !== 0x80) {
      // A plain header is all that the server may send: no padding, extension or sources.
      this.malformed++;
      return;
    }
    const second = view.getUint8(1);
    this.packets.push({
      at,
      payloadType: second & 0x7f,
      marker: (second & 0x80) !== 0,
      sequence: view.getUint16(2),
      timestamp: view.getUint32(4),
      ssrc: view.getUint32(8),
      // A copy: the slice of a Buffer would be a view of it.
      payload: Uint8Array.from(bytes.subarray(12)),
    });
  }

  /** The audio packets, events left out. */
  get audio(): readonly ReceivedPacket[] {
    return this.packets.filter(({ payloadType }) => payloadType !== this.eventType);
  }

  /** The keys pressed at the far end by RFC 4733, once per press. */
  get digits(): string {
    const presses = new Map<number, number>();
    for (const { payloadType, timestamp, payload } of this.packets) {
      if (payloadType === this.eventType) presses.set(timestamp, payload[0] ?? 0);
    }
    return [...presses.values()].map((event) => "0123456789*#ABCD"[event] ?? "?").join("");
  }

  /** How loud a tone was heard over the last `windowMs`, dBFS; -100 for silence. What did not arrive counts as silence. */
  level(hz: number, windowMs = 200): number {
    return levelOf(this.#samples(windowMs), hz);
  }

  /** The level of each tone over the last `windowMs`, dBFS. */
  levels<Name extends string>(tones: Readonly<Record<Name, number>>, windowMs = 200): Record<Name, number> {
    const samples = this.#samples(windowMs);
    const measured = Object.entries<number>(tones).map(([name, hz]) => [name, levelOf(samples, hz)]);
    return Object.fromEntries(measured);
  }

  /** The last audio that arrived within the window, decoded, aligned to its end. */
  #samples(windowMs: number): Int16Array {
    const samples = new Int16Array((windowMs * RATE_HZ) / 1000);
    const since = performance.now() - windowMs - 20;
    let end = samples.length;
    for (let i = this.packets.length - 1; i >= 0 && end > 0; i--) {
      const packet = this.packets[i];
      if (packet === undefined || packet.at < since) break;
      const codec = packet.payloadType === 8 ? G711_CODECS.PCMA : G711_CODECS.PCMU;
      if (packet.payloadType !== codec.payloadType) continue;
      const decoded = new Int16Array(packet.payload.length);
      codec.decode(packet.payload, 0, packet.payload.length, decoded, 0);
      const fits = decoded.subarray(Math.max(0, decoded.length - end));
      end -= fits.length;
      samples.set(fits, end);
    }
    return samples;
  }
}

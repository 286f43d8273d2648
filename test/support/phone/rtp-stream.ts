import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Address } from "./link.ts";
import { MediaRecorder } from "./recorder.ts";
import { FRAME_MS, FRAME_SAMPLES, type Payloads } from "./tone.ts";

/** What negotiation agreed on, as the phone sends it. */
export interface Sending {
  readonly to: Address;
  readonly payloadType: number;
  readonly payloads: Payloads;
  readonly eventType: number | undefined;
}

const EVENTS = "0123456789*#ABCD";
/** A key is held for five packets, 100 ms, and its end told three times (RFC 4733 §2.5.1.4). */
const EVENT_PACKETS = 5;
const EVENT_ENDS = 3;

/** One phone's end of a call's media: a pair of UDP ports, a sender of 20 ms packets, a recorder. */
export class RtpStream {
  readonly recorder = new MediaRecorder();
  readonly ssrc = randomInt(2 ** 32);
  /** The RTP port; RTCP is the next one. */
  readonly local: Address;
  /** Packets of audio sent: the index that the next payload is made from. */
  sent = 0;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #sending: Sending | undefined;
  #sequence = randomInt(2 ** 16);
  #timestamp = randomInt(2 ** 32);
  #marker = true;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  /** Packets of the key that is being pressed, and keys that wait. */
  #pressed = 0;
  #keys: string[] = [];
  #closed: Promise<void> | undefined;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.local = rtp.address();
    rtp.on("message", (bytes) => this.recorder.receive(bytes, performance.now()));
    rtcp.on("message", (bytes) =>
      this.recorder.rtcp.push({ at: performance.now(), bytes: Uint8Array.from(bytes) }),
    );
    // A packet to a port just closed comes back as an error: as good as lost.
    for (const socket of [rtp, rtcp]) socket.on("error", () => undefined);
  }

  /** Binds an even port of the loopback address and the next one. */
  static async open(): Promise<RtpStream> {
    for (;;) {
      const rtp = await bind(0);
      const { port } = rtp.address();
      const rtcp = port % 2 === 0 ? await bind(port + 1).catch(() => undefined) : undefined;
      if (rtcp !== undefined) return new RtpStream(rtp, rtcp);
      rtp.close();
    }
  }

  /** Whether a packet goes out every 20 ms. */
  get isSending(): boolean {
    return this.#timer !== undefined;
  }

  /** Sends from now on; undefined falls silent. The timeline goes on behind a pause, with a marker. */
  send(sending: Sending | undefined): void {
    this.#sending = sending;
    if (sending === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#marker = true;
      this.#nextAt = performance.now();
      this.#tick();
    }
  }

  /** Presses a key by RFC 4733: its packets stand in the place of audio. */
  press(digit: string): void {
    this.#keys.push(digit);
  }

  /** Sends any datagram from the RTP port; nothing once it is closed. */
  sendRaw(bytes: Uint8Array, to: Address): void {
    if (this.#closed === undefined) this.#rtp.send(bytes, to.port, to.address);
  }

  /** Frees both ports; safe to call twice. */
  close(): Promise<void> {
    this.send(undefined);
    this.#closed ??= Promise.all([closeSocket(this.#rtp), closeSocket(this.#rtcp)]).then(() => undefined);
    return this.#closed;
  }

  #tick(): void {
    // As many packets as are due: a late timer is caught up with, so that 50 packets a second are kept.
    for (; this.#nextAt <= performance.now(); this.#nextAt += FRAME_MS) this.#sendFrame();
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#nextAt - performance.now()));
  }

  #sendFrame(): void {
    if (this.#sending === undefined) return;
    const { eventType } = this.#sending;
    const key = this.#keys[0];
    if (key === undefined || eventType === undefined) {
      const { payloadType, payloads } = this.#sending;
      this.#packet(payloadType, this.#marker, this.#timestamp, payloads(this.sent++));
      this.#marker = false;
    } else {
      this.#sendEvent(key, eventType);
    }
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
  }

  /** RFC 4733 §2.3: event, end bit and volume, duration so far; every packet bears the timestamp of the press. */
  #sendEvent(key: string, eventType: number): void {
    const step = this.#pressed++;
    const ended = step >= EVENT_PACKETS;
    const duration = Math.min(step + 1, EVENT_PACKETS) * FRAME_SAMPLES;
    const pressedAt = (this.#timestamp - step * FRAME_SAMPLES) >>> 0;
    const payload = Uint8Array.of(
      EVENTS.indexOf(key),
      (ended ? 0x80 : 0) | 10,
      duration >> 8,
      duration & 0xff,
    );
    this.#packet(eventType, step === 0, pressedAt, payload);
    if (this.#pressed < EVENT_PACKETS + EVENT_ENDS) return;
    this.#pressed = 0;
    this.#keys.shift();
  }

  #packet(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array): void {
    if (this.#sending === undefined) return;
    const packet = new Uint8Array(12 + payload.length);
    const view = new DataView(packet.buffer);
    packet[0] = 0x80;
    packet[1] = (marker ? 0x80 : 0) | payloadType;
    view.setUint16(2, this.#sequence);
    view.setUint32(4, timestamp);
    view.setUint32(8, this.ssrc);
    packet.set(payload, 12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.sendRaw(packet, this.#sending.to);
  }
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}

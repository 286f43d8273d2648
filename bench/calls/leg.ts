import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Role } from "./modes.ts";
import type { Samples } from "./samples.ts";
import {
  HEADER_BYTES,
  heardIn,
  newPacket,
  PAYLOAD_BYTES,
  readNumber,
  saysTheSame,
  writeNumber,
} from "./speech.ts";

/** When each of the last packets was sent is remembered for so many: five seconds' worth. */
const REMEMBERED = 256;
/** Who is heard is told from the last so many packets: 200 ms. */
const HEARD_PACKETS = 10;

/** What a leg received in a window of time. */
export interface Reception {
  readonly packets: number;
  /** Missing in the sequence numbers between the first packet and the last. */
  readonly lost: number;
  /** Bore one speaker's payload, byte for byte. */
  readonly relayed: number;
  /** Whom the last 200 ms make audible; undefined where that is not clear. */
  readonly heard: readonly Role[] | undefined;
}

/**
 * One leg's media as the load plays it: a socket, one packet sent over and over, counters of what comes. No timer: it
 * sends when it is told to.
 */
export class Leg {
  readonly role: Role;
  /** The other legs of the call. */
  others: readonly Leg[] = [];
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #delays: Samples | undefined;
  readonly #packet: Buffer;
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32);
  readonly #sentAt = new Float64Array(REMEMBERED);
  #sent = 0;
  #connected = false;

  // Reception.
  #packets = 0;
  #relayed = 0;
  /** Sequence numbers without wrapping: the first of the window, and the newest. */
  #first = -1;
  #newest = -1;
  /** Whose packets clock this leg, and its packet's number minus our sequence number, as the last relayed packet told. */
  #partner: Leg | undefined;
  #offset = 0;
  readonly #lastAudio = new Uint8Array(HEARD_PACKETS * PAYLOAD_BYTES);

  private constructor(role: Role, rtp: Socket, rtcp: Socket, delays: Samples | undefined) {
    this.role = role;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#delays = delays;
    this.#packet = newPacket(role);
    this.#packet.writeUInt8(0x80, 0);
    this.#packet.writeUInt32BE(this.#ssrc, 8);
    rtp.on("message", (packet) => this.#receive(packet, performance.now()));
    // RTCP is received, so that the server is not told that nobody listens, and left alone.
    rtcp.on("message", () => {});
    for (const socket of [rtp, rtcp]) socket.on("error", () => {});
  }

  /** Binds an even port of loopback and the next one. The delay of what it receives goes into `delays`, ms. */
  static async open(role: Role, delays?: Samples): Promise<Leg> {
    for (;;) {
      const rtp = await bind(0);
      const { port } = rtp.address();
      const rtcp = port % 2 === 0 ? await bind(port + 1).catch(() => undefined) : undefined;
      if (rtcp !== undefined) return new Leg(role, rtp, rtcp, delays);
      rtp.close();
    }
  }

  /** The RTP port. */
  get port(): number {
    return this.#rtp.address().port;
  }

  /** Packets sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends to this port of the server from now on. */
  async connect({ address, port }: { readonly address: string; readonly port: number }): Promise<void> {
    this.#rtp.connect(port, address);
    await once(this.#rtp, "connect");
    this.#connected = true;
  }

  /** Sends the next packet, if anybody answered. */
  send(): void {
    if (!this.#connected) return;
    const number = this.#sent++;
    const packet = this.#packet;
    packet.writeUInt8(number === 0 ? 0x80 : 0, 1);
    packet.writeUInt16BE(number & 0xffff, 2);
    packet.writeUInt32BE((number * PAYLOAD_BYTES) >>> 0, 4);
    writeNumber(packet, number);
    this.#sentAt[number % REMEMBERED] = performance.now();
    this.#rtp.send(packet);
  }

  /** Whether it is known which of the partner's packets a received one answers to. */
  get isClocked(): boolean {
    return this.#partner !== undefined;
  }

  /** Begins a window. */
  startWindow(): void {
    this.#packets = 0;
    this.#relayed = 0;
    this.#first = -1;
  }

  /** What came since the window began. */
  reception(): Reception {
    const expected = this.#first < 0 ? 0 : this.#newest - this.#first + 1;
    return {
      packets: this.#packets,
      lost: expected - this.#packets,
      relayed: this.#relayed,
      heard: this.#packets === 0 ? [] : heardIn(this.#lastAudio),
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((done) => socket.close(done))),
    );
  }

  #receive(packet: Buffer, now: number): void {
    const sequence = this.#unwrapped(packet.readUInt16BE(2));
    packet.copy(this.#lastAudio, (this.#packets % HEARD_PACKETS) * PAYLOAD_BYTES, HEADER_BYTES);
    this.#packets++;
    for (const other of this.others) {
      if (!saysTheSame(packet, other.#packet)) continue;
      this.#relayed++;
      this.#partner = other;
      this.#offset = readNumber(packet) - sequence;
    }
    // A mixed packet bears no number; the timeline, unbroken since the last relayed one, tells which packet clocked it.
    if (this.#partner !== undefined) this.#delays?.add(now - this.#partner.#timeOf(sequence + this.#offset));
  }

  #timeOf(number: number): number {
    return this.#sentAt[number % REMEMBERED] ?? Number.NaN;
  }

  #unwrapped(sequence: number): number {
    const step = this.#newest < 0 ? sequence + 1 : ((sequence - this.#newest) << 16) >> 16;
    const unwrapped = this.#newest + step;
    if (unwrapped > this.#newest) this.#newest = unwrapped;
    if (this.#first < 0) this.#first = unwrapped;
    return unwrapped;
  }
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { PortMedia } from "../../src/mixer/engine/media-engine.ts";
import { HEADER_LENGTH, writeHeader } from "../../src/rtp/packet.ts";
import { readPacket, type SentPacket } from "./engine-bench.ts";

/** A leg on a real UDP socket of the loopback: sends what it is told to and keeps what it is sent. */
export class UdpLeg {
  readonly heard: SentPacket[] = [];
  readonly ssrc: number;
  sequence = 500;
  timestamp = 90_000;
  readonly #socket: Socket;
  #waiting: (() => void)[] = [];

  static async open(ssrc: number): Promise<UdpLeg> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new UdpLeg(socket, ssrc);
  }

  private constructor(socket: Socket, ssrc: number) {
    this.#socket = socket;
    this.ssrc = ssrc;
    socket.on("message", (data: Buffer, _from: RemoteInfo) => {
      this.heard.push(readPacket(data, data.length, performance.now()));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What its SDP would have negotiated. */
  get media(): PortMedia {
    return {
      codec: "PCMU",
      sendPayloadType: 0,
      receivePayloadType: 0,
      sendEventType: 101,
      receiveEventType: 101,
      remote: { address: "127.0.0.1", port: this.port, rtcpPort: this.port + 1 },
      ptimeMs: 20,
    };
  }

  /** Sends a packet to the engine's port; the next one follows it in number and time. */
  say(to: number, payload: readonly number[], type = 0, marker = false): void {
    const data = new Uint8Array(HEADER_LENGTH + payload.length);
    writeHeader(data, type, marker, this.sequence, this.timestamp, this.ssrc);
    data.set(payload, HEADER_LENGTH);
    this.sequence = (this.sequence + 1) & 0xffff;
    if (type === 0) this.timestamp = (this.timestamp + payload.length) >>> 0;
    this.#socket.send(data, to, "127.0.0.1");
  }

  /** Resolves once so many packets were heard. */
  async hears(count: number): Promise<readonly SentPacket[]> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.heard;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

/** Resolves to whether the UDP port can be bound on the loopback. */
export async function isFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  const free = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
  await new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
  return free;
}

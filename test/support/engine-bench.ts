import { EngineCore } from "../../src/mixer/engine/engine-core.ts";
import type { PortMedia, PortStatistics } from "../../src/mixer/engine/media-engine.ts";
import type { Port } from "../../src/mixer/engine/port.ts";
import type { News } from "../../src/mixer/engine/protocol.ts";
import type { Hears, Matrix } from "../../src/mixer/matrix.ts";
import { G711_CODECS } from "../../src/rtp/codec/g711.ts";
import {
  HEADER_LENGTH,
  marker,
  payloadType,
  sequenceNumber,
  ssrc,
  timestamp,
  writeHeader,
} from "../../src/rtp/packet.ts";
import { ManualClock } from "./manual-clock.ts";

/** A packet that the engine sent to a leg. */
export interface SentPacket {
  readonly type: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: readonly number[];
  /** By the bench's clock, ms. */
  readonly at: number;
}

/** A row of a matrix: its partner first, then the others it hears. `digits` are the partner's. */
export function row(listener: string, partner: string | undefined, others: string[] = [], digits = true) {
  const hears: Hears[] = others.map((speaker) => ({ speaker, gainQ8: 256 }));
  if (partner === undefined) return { listener, hears };
  return { listener, partner, hears: [{ speaker: partner, gainQ8: 256, digits }, ...hears] };
}

const A = "agent";
const C = "customer";
const S = "supervisor";

/** The matrices of the design, for the ports `agent`, `customer` and `supervisor`. */
export const MATRICES = {
  none: { rows: [row(A, C), row(C, A)] },
  monitor: { rows: [row(A, C), row(C, A), row(S, A, [C], false)] },
  whisper: { rows: [row(A, C, [S]), row(C, A), row(S, A, [C], false)] },
  barge: { rows: [row(A, C, [S]), row(C, A, [S]), row(S, A, [C], false)] },
  takeover: { rows: [row(A, C, [S]), row(C, S, [], false), row(S, C, [], false)] },
} as const satisfies Record<string, Matrix>;

/** An engine core without sockets, whose legs are scripted and whose time is moved by hand. */
export class EngineBench {
  readonly clock = new ManualClock();
  readonly news: News[] = [];
  readonly core: EngineCore;
  readonly legs = new Map<string, ScriptedLeg>();

  constructor(random: () => number = seeded(1)) {
    this.core = new EngineCore(this.clock, random, (news) => this.news.push(news));
  }

  /** Opens and configures a port of the one call, named `id`. */
  leg(id: string, media: Partial<PortMedia> = {}, timeoutMs = 0): ScriptedLeg {
    const leg = new ScriptedLeg(this, id, this.legs.size, media, timeoutMs);
    this.legs.set(id, leg);
    return leg;
  }

  setMatrix(matrix: Matrix): void {
    this.core.setMatrix("call", matrix);
  }

  /** Everybody given speaks once, in the order given, spread over one frame of time. */
  frame(...speakers: ScriptedLeg[]): void {
    for (const speaker of speakers) {
      speaker.say();
      this.clock.advance(2);
    }
    this.clock.advance(20 - 2 * speakers.length);
  }
}

/** A phone: sends packets into its port and keeps what it is sent. */
export class ScriptedLeg {
  readonly port: Port;
  readonly heard: SentPacket[] = [];
  readonly reports: Uint8Array[] = [];
  readonly address = "192.0.2.1";
  readonly rtpPort: number;
  readonly media: PortMedia;
  /** The header of the next packet. */
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** The linear level of what it says unless told otherwise: a constant, so that sums are recognised. */
  level: number;
  readonly #bench: EngineBench;

  constructor(bench: EngineBench, id: string, index: number, media: Partial<PortMedia>, timeoutMs: number) {
    this.#bench = bench;
    this.rtpPort = 4000 + 2 * index;
    this.sequence = 1000 * (index + 1);
    this.timestamp = 70_000 * (index + 1);
    this.ssrc = 0xabc0 + index;
    this.level = 500 * 4 ** index;
    this.media = {
      codec: "PCMU",
      sendPayloadType: media.codec === "PCMA" ? 8 : 0,
      receivePayloadType: media.codec === "PCMA" ? 8 : 0,
      sendEventType: 101,
      receiveEventType: 96,
      remote: { address: this.address, port: this.rtpPort, rtcpPort: this.rtpPort + 1 },
      ptimeMs: 20,
      ...media,
    };
    this.port = bench.core.open(
      id,
      "call",
      {
        sendRtp: (buffer, length) => this.heard.push(readPacket(buffer, length, bench.clock.now())),
        sendRtcp: (buffer, length) => this.reports.push(buffer.slice(0, length)),
      },
      timeoutMs,
    );
    bench.core.configure(id, this.media);
  }

  get statistics(): PortStatistics | undefined {
    return this.#bench.core.statistics(this.port.id);
  }

  /** A payload of so many samples at a level. */
  payload(level = this.level, samples = 160): number[] {
    const payload = new Uint8Array(samples);
    G711_CODECS[this.media.codec].encode(new Int16Array(samples).fill(level), 0, samples, payload, 0);
    return [...payload];
  }

  /** Sends audio; its number and timestamp follow the packet before. */
  say(payload: readonly number[] = this.payload(), mark = false): void {
    this.send(this.media.receivePayloadType, payload, mark);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + payload.length) >>> 0;
  }

  /** Lets so many packets get lost on the way. */
  lose(packets: number): void {
    this.sequence = (this.sequence + packets) & 0xffff;
    this.timestamp = (this.timestamp + 160 * packets) >>> 0;
  }

  /** Presses a key for five packets of 20 ms with three ends, as RFC 4733 §2.5.1 has it; time moves on. */
  press(event: number): void {
    const packets = 8;
    for (let i = 1; i <= packets; i++) {
      const duration = Math.min(i, 6) * 160;
      const end = i >= 6 ? 0x80 : 0;
      const payload = [event, end | 10, duration >> 8, duration & 0xff];
      this.send(this.media.receiveEventType ?? 0, payload, i === 1);
      this.sequence = (this.sequence + 1) & 0xffff;
      this.#bench.clock.advance(20);
    }
    this.timestamp = (this.timestamp + packets * 160) >>> 0;
  }

  /** Sends one packet with the header as it stands, from `fromPort` of `address`. */
  send(
    type: number,
    payload: readonly number[],
    mark = false,
    fromPort = this.rtpPort,
    address = this.address,
  ) {
    const data = new Uint8Array(HEADER_LENGTH + payload.length);
    writeHeader(data, type, mark, this.sequence, this.timestamp, this.ssrc);
    data.set(payload, HEADER_LENGTH);
    this.#bench.core.receiveRtp(this.port, data, data.length, address, fromPort);
  }

  /** The levels of the packets heard since the packet `from`: each the packet's last sample, which no fade touches. */
  levels(from = 0): number[] {
    const sample = new Int16Array(1);
    return this.heard.slice(from).map((packet) => {
      G711_CODECS[this.media.codec].decode(
        Uint8Array.from(packet.payload),
        packet.payload.length - 1,
        1,
        sample,
        0,
      );
      return sample[0] ?? 0;
    });
  }
}

export function readPacket(buffer: Uint8Array, length: number, at: number): SentPacket {
  return {
    type: payloadType(buffer),
    marker: marker(buffer),
    sequence: sequenceNumber(buffer),
    timestamp: timestamp(buffer),
    ssrc: ssrc(buffer),
    payload: [...buffer.subarray(HEADER_LENGTH, length)],
    at,
  };
}

/** A small deterministic generator of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

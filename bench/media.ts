/** What the media path's inner pieces cost per packet or 20 ms frame: `npm run bench`. */
import { accumulate, clipTo } from "../src/mixer/kernels.ts";
import { Resampler, SAMPLE_RATES, type SampleRate } from "../src/mixer/resampler.ts";
import { pcma, pcmu } from "../src/rtp/codec/g711.ts";
import { g722 } from "../src/rtp/codec/g722.ts";
import { DtmfReceiver } from "../src/rtp/dtmf.ts";
import { JitterBuffer } from "../src/rtp/jitter-buffer.ts";
import {
  HEADER_LENGTH,
  isRtp,
  payloadLength,
  payloadOffset,
  payloadType,
  sequenceNumber,
  ssrc,
  timestamp,
  writeHeader,
} from "../src/rtp/packet.ts";
import { ReceiverStatistics } from "../src/rtp/receiver-statistics.ts";
import { SourceLock } from "../src/rtp/source-lock.ts";
import { measure } from "./measure.ts";

const FRAME = 160;
const packet = new Uint8Array(HEADER_LENGTH + FRAME);
const output = new Uint8Array(HEADER_LENGTH + FRAME);
const pcm = Int16Array.from({ length: FRAME }, (_, n) => Math.round(9000 * Math.sin(n / 7)));
const other = Int16Array.from({ length: FRAME }, (_, n) => Math.round(30_000 * Math.sin(n / 5)));
const decoded = new Int16Array(FRAME);
const sum = new Int32Array(FRAME);
writeHeader(packet, 0, false, 1, FRAME, 0xfeed);
pcmu.encode(pcm, 0, FRAME, packet, HEADER_LENGTH);

let sent = 0;

await measure("RTP", [
  {
    name: "check and read a header",
    run: () =>
      isRtp(packet, packet.length) &&
      // Combined to a small integer: a larger one would be boxed on its way out and counted as ours.
      payloadType(packet) ^
        sequenceNumber(packet) ^
        timestamp(packet) ^
        ssrc(packet) ^
        payloadOffset(packet) ^
        payloadLength(packet, packet.length),
  },
  { name: "write a header", run: () => writeHeader(output, 0, false, ++sent, (sent * FRAME) | 0, 0xfeed) },
  relaying(),
  receiving(),
  buffering("one reader", 1),
  buffering("two readers of one speaker", 2),
  pressing(),
]);

await measure("G.711, one frame", [
  { name: "PCMU encode", run: () => pcmu.encode(pcm, 0, FRAME, output, HEADER_LENGTH) },
  { name: "PCMU decode", run: () => pcmu.decode(packet, HEADER_LENGTH, FRAME, decoded, 0) },
  { name: "PCMA encode", run: () => pcma.encode(pcm, 0, FRAME, output, HEADER_LENGTH) },
  { name: "PCMA decode", run: () => pcma.decode(packet, HEADER_LENGTH, FRAME, decoded, 0) },
]);

await measure("G.722, one frame", wideband());

await measure("mixing, one frame", [
  {
    name: "add a voice at unity gain",
    run: () => {
      sum.fill(0);
      accumulate(sum, other, 256, FRAME);
    },
  },
  {
    name: "add a voice at another gain",
    run: () => {
      sum.fill(0);
      accumulate(sum, other, 128, FRAME);
    },
  },
  { name: "clip", run: () => clipTo(sum, decoded, FRAME) },
  {
    name: "partner and one other, decoded to encoded",
    run: () => {
      sum.fill(0);
      accumulate(sum, other, 256, FRAME);
      pcmu.decode(packet, HEADER_LENGTH, FRAME, decoded, 0);
      accumulate(sum, decoded, 256, FRAME);
      clipTo(sum, pcm, FRAME);
      pcmu.encode(pcm, 0, FRAME, output, HEADER_LENGTH);
    },
  },
]);

await measure(
  "resampling, one frame",
  SAMPLE_RATES.flatMap((from) => SAMPLE_RATES.filter((to) => to !== from).map((to) => resampling(from, to))),
);

/** A second of swelling tones in turn, because what G.722 costs depends on what it hears. */
function wideband() {
  const FRAMES = 50;
  const encoder = g722.createEncoder();
  const decoder = g722.createDecoder();
  const samples = Int16Array.from(
    { length: FRAMES * 2 * FRAME },
    (_, n) => 12_000 * Math.sin(n / 4000) * (Math.sin(n / 13) + Math.sin(n / 3.1)),
  );
  const octets = new Uint8Array(FRAMES * FRAME);
  const heard = new Int16Array(2 * FRAME);
  let encoded = 0;
  let played = 0;
  return [
    {
      name: "G722 encode",
      run: () => {
        const frame = ++encoded % FRAMES;
        return encoder.encode(samples, frame * 2 * FRAME, 2 * FRAME, octets, frame * FRAME);
      },
    },
    {
      name: "G722 decode",
      run: () => decoder.decode(octets, (++played % FRAMES) * FRAME, FRAME, heard, 0),
    },
  ];
}

/** What a relayed packet costs beside the sockets: a new header and the same payload. */
function relaying() {
  let sequence = 0;
  return {
    name: "relay a packet (header and payload)",
    run: () => {
      writeHeader(output, 0, false, ++sequence, sequence * FRAME, 0xbeef);
      for (let i = HEADER_LENGTH; i < packet.length; i++) output[i] = packet[i]!;
    },
  };
}

/** The state every received packet passes: source, statistics. */
function receiving() {
  const lock = new SourceLock();
  const statistics = new ReceiverStatistics(8000);
  lock.learn("192.0.2.10", 4000);
  let sequence = 0;
  return {
    name: "judge the source and count a packet",
    run: () => {
      const now = ++sequence * 20;
      lock.accept("192.0.2.10", 4000, 0xfeed, now);
      return statistics.receive(sequence & 0xffff, sequence * FRAME, now);
    },
  };
}

function buffering(name: string, readers: number) {
  const buffers = Array.from({ length: readers }, () => new JitterBuffer());
  let frame = 0;
  return {
    name: `jitter buffer write and read, ${name}`,
    run: () => {
      const now = ++frame * 20;
      for (const buffer of buffers) {
        buffer.write((frame * FRAME) >>> 0, pcm, 0, FRAME, now);
        buffer.read(decoded, now + 10);
      }
    },
  };
}

function pressing() {
  const receiver = new DtmfReceiver();
  const event = Uint8Array.of(5, 10, 0, 160);
  let press = 0;
  return {
    name: "telephone-event",
    run: () => receiver.accept(event, 0, event.length, (++press * 800) >>> 0, true),
  };
}

function resampling(from: SampleRate, to: SampleRate) {
  const resampler = new Resampler(from, to);
  const input = Int16Array.from({ length: from / 50 }, (_, n) => Math.round(9000 * Math.sin(n / 7)));
  const resampled = new Int16Array(to / 50);
  return {
    name: `${from} to ${to} Hz`,
    run: () => resampler.process(input, 0, input.length, resampled, 0),
  };
}

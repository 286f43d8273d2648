import { afterEach, expect, test } from "vitest";
import type { MediaEngine, PortOpened } from "../../src/mixer/engine/media-engine.ts";
import { createWorkerEngine } from "../../src/mixer/engine/worker-engine.ts";
import { type Matrix, UNITY } from "../../src/mixer/matrix.ts";
import { RtpStream } from "../support/phone/rtp-stream.ts";
import { patternPayloads } from "../support/phone/tone.ts";
import { until } from "../support/phone/until.ts";

let engine: MediaEngine;
const streams: RtpStream[] = [];
afterEach(async () => {
  await Promise.all(streams.map((stream) => stream.close()));
  await engine.close();
});

async function openPort(): Promise<{ stream: RtpStream; opened: PortOpened }> {
  const stream = await RtpStream.open();
  streams.push(stream);
  const opened = await engine.openPort("call");
  if (!opened.ok) throw new Error(opened.error.detail);
  const { address, port } = stream.local;
  engine.configurePort(opened.value.port, {
    codec: "PCMU",
    sendPayloadType: 0,
    receivePayloadType: 0,
    remote: { address, port, rtcpPort: port + 1 },
    ptimeMs: 20,
  });
  return { stream, opened: opened.value };
}

function indexes(stream: RtpStream): number[] {
  return stream.recorder.packets.map(({ payload }) => new DataView(payload.buffer).getUint32(0));
}

test("promise 4: while matrices change as fast as they can, every packet meets exactly one of them, whole", async () => {
  const created = await createWorkerEngine({
    bindAddress: "127.0.0.1",
    portRange: { low: 30000, high: 39999 },
  });
  if (!created.ok) throw new Error(created.error.detail);
  engine = created.value;
  const speaker = await openPort();
  const left = await openPort();
  const right = await openPort();
  // In each of the two, one listener hears the speaker and the other does not: a packet heard by both, or by none,
  // would have met half of one and half of the other.
  const only = (listener: string): Matrix => ({
    rows: [
      {
        listener,
        partner: speaker.opened.port,
        hears: [{ speaker: speaker.opened.port, gainQ8: UNITY }],
      },
    ],
  });
  const matrices = [only(left.opened.port), only(right.opened.port)];
  let turns = 0;
  const turn = (): void => {
    const matrix = matrices[turns++ % 2];
    if (matrix !== undefined) engine.setMatrix("call", matrix);
  };
  turn();
  const payloads = patternPayloads(7);
  speaker.stream.send({
    to: { address: "127.0.0.1", port: speaker.opened.rtpPort },
    payloadType: 0,
    payloads,
    eventType: undefined,
  });
  await until("120 packets relayed", () => {
    turn();
    return indexes(left.stream).length + indexes(right.stream).length >= 120;
  });
  speaker.stream.send(undefined);

  const heard = [...indexes(left.stream), ...indexes(right.stream)].sort((a, b) => a - b);
  expect(new Set(heard).size).toBe(heard.length);
  expect(heard).toEqual(heard.map((_, i) => (heard[0] ?? 0) + i));
  expect(indexes(left.stream).length).toBeGreaterThan(10);
  expect(indexes(right.stream).length).toBeGreaterThan(10);
  expect(turns).toBeGreaterThan(100);
});

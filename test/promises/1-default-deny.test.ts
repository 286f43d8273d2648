import { afterEach, describe, expect, test } from "vitest";
import type { MediaEngine, PortOpened } from "../../src/mixer/engine/media-engine.ts";
import { createWorkerEngine } from "../../src/mixer/engine/worker-engine.ts";
import { type Matrix, UNITY } from "../../src/mixer/matrix.ts";
import { type Floor, frames, hears, openFloor, TONES } from "../support/floor.ts";
import { RtpStream } from "../support/phone/rtp-stream.ts";
import { tonePayloads } from "../support/phone/tone.ts";
import { until } from "../support/phone/until.ts";

describe("promise 1: in a call", () => {
  let floor: Floor;
  afterEach(() => floor.close());

  test("nobody hears a supervisor who has joined, until a key says so", async () => {
    floor = await openFloor();
    const { customer, agent } = await floor.call();
    const supervisor = await floor.supervise("*90");
    await hears(supervisor, ["agent", "customer"]);
    await frames(agent, 25);
    await hears(agent, ["customer"]);
    await hears(customer, ["agent"]);
    await supervisor.pressKey("5");
    await hears(agent, ["customer", "supervisor"]);
  });

  test("a key that means nothing makes nobody audible", async () => {
    floor = await openFloor();
    const { customer, agent } = await floor.call();
    const supervisor = await floor.supervise("*90");
    for (const key of ["1", "2", "3", "8", "9", "0", "*", "#"]) await supervisor.pressKey(key);
    await frames(agent, 25);
    await hears(agent, ["customer"]);
    await hears(customer, ["agent"]);
  });
});

describe("promise 1: in the engine", () => {
  const NAMES = ["agent", "customer", "supervisor"] as const;
  let engine: MediaEngine;
  let streams: RtpStream[] = [];
  let ports: PortOpened[] = [];

  afterEach(async () => {
    await Promise.all(streams.map((stream) => stream.close()));
    await engine.close();
  });

  async function open(): Promise<void> {
    const created = await createWorkerEngine({
      bindAddress: "127.0.0.1",
      portRange: { low: 30000, high: 39999 },
    });
    if (!created.ok) throw new Error(created.error.detail);
    engine = created.value;
    streams = [];
    ports = [];
    for (const name of NAMES) {
      const stream = await RtpStream.open();
      const port = await engine.openPort("call");
      if (!port.ok) throw new Error(port.error.detail);
      const { address, port: rtpPort } = stream.local;
      engine.configurePort(port.value.port, {
        codec: "PCMU",
        sendPayloadType: 0,
        receivePayloadType: 0,
        remote: { address, port: rtpPort, rtcpPort: rtpPort + 1 },
        ptimeMs: 20,
      });
      const payloads = tonePayloads({ hz: TONES[name], levelDbfs: -15 }, "PCMU");
      const to = { address: "127.0.0.1", port: port.value.rtpPort };
      stream.send({ to, payloadType: 0, payloads, eventType: undefined });
      streams.push(stream);
      ports.push(port.value);
    }
    // All three are known to be heard by the server before it is asked who hears them.
    for (const { port } of ports) {
      let received = 0;
      await until("audio at the server", () => {
        void engine.statistics(port).then((statistics) => {
          received = statistics?.received ?? 0;
        });
        return received > 5;
      });
    }
  }

  function audible(listener: number): string {
    const levels = streams[listener]?.recorder.levels(TONES, 200);
    return NAMES.filter((name) => (levels?.[name] ?? 0) > -25).join();
  }

  test("three ports that speak are sent nothing while there is no matrix", async () => {
    await open();
    expect(streams.map((stream) => stream.recorder.packets.length)).toEqual([0, 0, 0]);
  });

  test("exactly the pairs that the matrix names are heard, whichever they are", async () => {
    await open();
    // Six pairs: a spread of the 64 matrices, with the empty and the full one.
    for (const bits of [0b100000, 0b011011, 0b000100, 0b111111, 0b010010, 0b101101, 0]) {
      const rows = NAMES.map((_, listener) => {
        const speakers = NAMES.map((_, speaker) => speaker).filter((speaker) => speaker !== listener);
        const heard = speakers.filter((_, i) => (bits & (1 << (listener * 2 + i))) !== 0);
        return { listener, heard };
      });
      const name = (index: number): string => ports[index]?.port ?? "";
      const matrix: Matrix = {
        rows: rows.map(({ listener, heard }) => ({
          listener: name(listener),
          ...(heard[0] === undefined ? {} : { partner: name(heard[0]) }),
          hears: heard.map((speaker) => ({ speaker: name(speaker), gainQ8: UNITY })),
        })),
      };
      engine.setMatrix("call", matrix);
      const wanted = rows.map(({ heard }) => heard.map((speaker) => NAMES[speaker]).join());
      const isInForce = (): boolean => wanted.every((who, listener) => audible(listener) === who);
      await until(`matrix ${bits.toString(2)}: ${JSON.stringify(wanted)}`, isInForce);
    }
  });
});

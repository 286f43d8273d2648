import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { MATRICES, row } from "../../../test/support/engine-bench.ts";
import { isFree, UdpLeg } from "../../../test/support/udp-leg.ts";
import type { Failure } from "../../core/failure.ts";
import type { Result } from "../../core/result.ts";
import { G711_CODECS } from "../../rtp/codec/g711.ts";
import type { Matrix } from "../matrix.ts";
import { createLocalEngine } from "./local-engine.ts";
import type { EngineOptions, MediaEngine, PortOpened, PortStatistics } from "./media-engine.ts";
import { createWorkerEngine } from "./worker-engine.ts";

/** What every media engine promises, whether its hosts are in this thread or in workers. */
const ENGINES: Record<string, (options: EngineOptions) => Promise<MediaEngine>> = {
  local: async (options) => createLocalEngine(options),
  worker: async (options) => must(await createWorkerEngine({ ...options, workers: 1 })),
};

const OPTIONS: EngineOptions = { bindAddress: "127.0.0.1", portRange: { low: 42_000, high: 43_999 } };

function must<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.detail}`);
  return result.value;
}

describe.each(Object.keys(ENGINES))("the %s engine", (kind) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  async function start(options: Partial<EngineOptions> = {}): Promise<MediaEngine> {
    const create = ENGINES[kind];
    if (create === undefined) throw new Error(`no engine ${kind}`);
    const engine = await create({ ...OPTIONS, ...options });
    closing.push(() => engine.close());
    return engine;
  }

  async function leg(engine: MediaEngine, ssrc: number, call = "call") {
    const udp = await UdpLeg.open(ssrc);
    closing.push(() => udp.close().catch(() => {}));
    const opened = must(await engine.openPort(call));
    engine.configurePort(opened.port, udp.media);
    return { udp, ...opened };
  }

  /** Resolves once a counter of the port has come to so many. */
  async function counted(engine: MediaEngine, port: string, counter: keyof PortStatistics, count: number) {
    while ((await engine.statistics(port))?.[counter] !== count) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** The design's matrix for ports of any name. */
  function named(matrix: Matrix, names: Record<string, PortOpened>): Matrix {
    const name = (id: string) => names[id]?.port ?? id;
    return {
      rows: matrix.rows.map((one) => ({
        listener: name(one.listener),
        ...(one.partner === undefined ? {} : { partner: name(one.partner) }),
        hears: one.hears.map((heard) => ({ ...heard, speaker: name(heard.speaker) })),
      })),
    };
  }

  test("opens an even RTP port and the odd one above it, and frees both when the port is closed", async () => {
    const engine = await start();
    const { port, rtpPort } = must(await engine.openPort("call"));
    expect(rtpPort % 2).toBe(0);
    expect(engine.ports).toBe(1);
    expect([await isFree(rtpPort), await isFree(rtpPort + 1)]).toEqual([false, false]);
    await engine.closePort(port);
    expect([await isFree(rtpPort), await isFree(rtpPort + 1)]).toEqual([true, true]);
    expect(engine.ports).toBe(0);
  });

  test("relays byte for byte both ways, and counts", async () => {
    const engine = await start();
    const agent = await leg(engine, 1);
    const customer = await leg(engine, 2);
    engine.setMatrix("call", named(MATRICES.none, { agent, customer }));
    const payloads = [1, 2, 3].map((n) => Array.from({ length: 160 }, (_, i) => (i * n) & 0xff));
    for (const payload of payloads) {
      customer.udp.say(customer.rtpPort, payload);
      agent.udp.say(agent.rtpPort, payload);
    }
    const [toAgent, toCustomer] = [await agent.udp.hears(3), await customer.udp.hears(3)];
    expect(toAgent.map((packet) => packet.payload)).toEqual(payloads);
    expect(toCustomer.map((packet) => packet.payload)).toEqual(payloads);
    expect(toAgent.every((packet) => packet.ssrc === agent.ssrc)).toBe(true);
    expect(await engine.statistics(agent.port)).toMatchObject({ received: 3, sent: 3, sentOctets: 480 });
    expect(await engine.closePort(customer.port)).toMatchObject({ received: 3, sent: 3, lost: 0 });
  });

  test("mixes a third speaker in, and lets it go again, on one unbroken timeline", async () => {
    const engine = await start();
    const agent = await leg(engine, 1);
    const customer = await leg(engine, 2);
    const supervisor = await leg(engine, 3);
    const encoded = (level: number) => {
      const payload = new Uint8Array(160);
      G711_CODECS.PCMU.encode(new Int16Array(160).fill(level), 0, 160, payload, 0);
      return [...payload];
    };
    const last = (payload: readonly number[] = []) => {
      const sample = new Int16Array(1);
      G711_CODECS.PCMU.decode(Uint8Array.from(payload.slice(-1)), 0, 1, sample, 0);
      return sample[0] ?? 0;
    };
    const heard: number[] = [];
    for (const mode of ["none", "whisper", "none"] as const) {
      engine.setMatrix("call", named(MATRICES[mode], { agent, customer, supervisor }));
      // An answer says that the matrix before it has been taken.
      await engine.statistics(agent.port);
      for (let i = 0; i < 4; i++) {
        supervisor.udp.say(supervisor.rtpPort, encoded(8000));
        await counted(engine, supervisor.port, "received", heard.length + 1);
        customer.udp.say(customer.rtpPort, encoded(2000));
        const packets = await agent.udp.hears(heard.length + 1);
        heard.push(last(packets.at(-1)?.payload));
      }
    }
    expect(heard.slice(0, 4).every((level) => Math.abs(level - 2000) < 100)).toBe(true);
    expect(heard.slice(6, 8).every((level) => Math.abs(level - 10_000) < 400)).toBe(true);
    expect(heard.slice(8).every((level) => Math.abs(level - 2000) < 100)).toBe(true);
    const steps = agent.udp.heard.slice(1).map((packet, i) => {
      const before = agent.udp.heard[i];
      return [
        (packet.sequence - (before?.sequence ?? 0)) & 0xffff,
        (packet.timestamp - (before?.timestamp ?? 0)) >>> 0,
      ];
    });
    expect(steps).toEqual(Array.from({ length: 11 }, () => [1, 160]));
  });

  test("tells a digit at its first packet", async () => {
    const engine = await start();
    const supervisor = await leg(engine, 3);
    const digit = new Promise((resolve) => {
      engine.events.on("digit", (...told) => resolve(told));
    });
    supervisor.udp.say(supervisor.rtpPort, [5, 10, 0, 160], 101, true);
    expect(await digit).toEqual([supervisor.port, "5"]);
  });

  test("tells of a leg that falls silent", async () => {
    const engine = await start();
    const udp = await UdpLeg.open(1);
    closing.push(() => udp.close());
    const silent = new Promise((resolve) => {
      engine.events.on("silent", resolve);
    });
    const { port } = must(await engine.openPort("call", { timeoutMs: 50 }));
    engine.configurePort(port, udp.media);
    expect(await silent).toBe(port);
  });

  test("drops and counts what a stranger sends", async () => {
    const engine = await start();
    const agent = await leg(engine, 1);
    const stranger = await UdpLeg.open(66);
    closing.push(() => stranger.close());
    agent.udp.say(agent.rtpPort, [1]);
    await counted(engine, agent.port, "received", 1);
    stranger.say(agent.rtpPort, [1]);
    await counted(engine, agent.port, "strangers", 1);
    expect(await engine.statistics(agent.port)).toMatchObject({ received: 1, strangers: 1 });
  });

  test("goes on when a peer's port is closed under it", async () => {
    const engine = await start();
    const agent = await leg(engine, 1);
    const customer = await leg(engine, 2);
    engine.setMatrix("call", named(MATRICES.none, { agent, customer }));
    await agent.udp.close();
    for (let i = 0; i < 5; i++) customer.udp.say(customer.rtpPort, [i]);
    await counted(engine, agent.port, "sent", 5);
    agent.udp.sequence = 0;
    engine.setMatrix("call", { rows: [row(customer.port, customer.port)] });
    customer.udp.say(customer.rtpPort, [7]);
    expect((await customer.udp.hears(1))[0]?.payload).toEqual([7]);
  });

  test("passes over ports that others use, and says when none is left", async () => {
    const engine = await start({ portRange: { low: 44_000, high: 44_005 } });
    const other = createSocket("udp4");
    other.bind({ port: 44_003, address: "127.0.0.1", exclusive: true });
    await once(other, "listening");
    closing.push(async () => other.close());
    const opened = [must(await engine.openPort("a")), must(await engine.openPort("b"))];
    expect(opened.map((one) => one.rtpPort).sort()).toEqual([44_000, 44_004]);
    expect(await engine.openPort("c")).toEqual({ ok: false, error: { code: "media.no-ports", detail: "" } });
    await engine.closePort(opened[0]?.port ?? "");
    expect((await engine.openPort("c")).ok).toBe(true);
  });

  test("says why it cannot bind", async () => {
    const engine = await start({ bindAddress: "192.0.2.1" });
    const result = await engine.openPort("call");
    expect(result).toMatchObject({ ok: false, error: { code: "media.no-ports" } });
    expect(!result.ok && result.error.detail).toMatch(/EADDRNOTAVAIL/);
  });

  test("takes commands for ports and calls it does not know, and does nothing", async () => {
    const engine = await start();
    const udp = await UdpLeg.open(1);
    closing.push(() => udp.close());
    engine.configurePort("nobody", udp.media);
    engine.setMatrix("no call", MATRICES.barge);
    expect(await engine.closePort("nobody")).toMatchObject({ received: 0, sent: 0 });
    expect(await engine.statistics("nobody")).toBeUndefined();
    expect(engine.ports).toBe(0);
  });

  test("closes a port once, however often it is told to", async () => {
    const engine = await start();
    const { port } = must(await engine.openPort("call"));
    await Promise.all([engine.closePort(port), engine.closePort(port)]);
    expect(engine.ports).toBe(0);
    expect(await engine.statistics(port)).toBeUndefined();
  });

  test("frees every UDP port when it is closed, and opens none afterwards", async () => {
    const engine = await start();
    const ports = await Promise.all(["a", "a", "b"].map((call) => engine.openPort(call).then(must)));
    await engine.close();
    await engine.close();
    for (const { rtpPort } of ports) expect(await isFree(rtpPort)).toBe(true);
    expect(await engine.openPort("c")).toMatchObject({ ok: false, error: { code: "media.engine-lost" } });
  });
});

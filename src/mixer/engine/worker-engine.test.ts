import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { row } from "../../../test/support/engine-bench.ts";
import { until } from "../../../test/support/phone/until.ts";
import { isFree, UdpLeg } from "../../../test/support/udp-leg.ts";
import type { PortId } from "../matrix.ts";
import type { MediaEngine } from "./media-engine.ts";
import { createWorkerEngine } from "./worker-engine.ts";

const OPTIONS = { bindAddress: "127.0.0.1", portRange: { low: 46_000, high: 46_999 } };
const SAMPLES = new Array<number>(160).fill(0x55);
const engines: MediaEngine[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

/** An engine with so many workers, and the workers, to be killed. */
async function start(count: number): Promise<{ engine: MediaEngine; workers: Worker[] }> {
  const workers: Worker[] = [];
  const created = await createWorkerEngine({
    ...OPTIONS,
    workers: count,
    start: (file, workerData) => {
      const worker = new Worker(file, { workerData });
      workers.push(worker);
      return worker;
    },
  });
  if (!created.ok) throw new Error(created.error.code);
  engines.push(created.value);
  return { engine: created.value, workers };
}

async function open(engine: MediaEngine, call: string) {
  const opened = await engine.openPort(call);
  if (!opened.ok) throw new Error(opened.error.code);
  return opened.value;
}

test("calls go to the worker with the fewest, and all ports of a call to the same one", async () => {
  const { engine, workers } = await start(2);
  const lost: PortId[] = [];
  engine.events.on("lost", (ports) => lost.push(...ports));
  const [a1, a2] = [await open(engine, "a"), await open(engine, "a")];
  const [b1, c1] = [await open(engine, "b"), await open(engine, "c")];
  const ends = once(workers[0] as Worker, "exit");
  await workers[0]?.terminate();
  await ends;
  // Whichever of two equal workers the third call went to, the first two calls are apart.
  expect(lost).toEqual(expect.arrayContaining([a1.port, a2.port]));
  expect(lost).not.toContain(b1.port);
  expect(engine.ports).toBe(4 - lost.length);
  expect([2, 3]).toContain(lost.length);
  if (lost.length === 3) expect(lost).toContain(c1.port);
});

test.each([1, 2])(
  "a port moves to another call, of %i workers, and its listener sees one stream",
  async (count) => {
    const { engine } = await start(count);
    const legs = await Promise.all([11, 12, 13].map((ssrc) => UdpLeg.open(ssrc)));
    const [listener, first, next] = legs as [UdpLeg, UdpLeg, UdpLeg];
    const [heard, a, b] = [await open(engine, "a"), await open(engine, "a"), await open(engine, "b")];
    for (const [udp, { port }] of [
      [listener, heard],
      [first, a],
      [next, b],
    ] as const) {
      engine.configurePort(port, udp.media);
    }
    engine.setMatrix("a", { rows: [row(heard.port, a.port)] });
    first.say(a.rtpPort, SAMPLES);
    first.say(a.rtpPort, SAMPLES);
    await listener.hears(2);
    await engine.closePort(a.port);

    engine.movePort(heard.port, "b");
    engine.setMatrix("b", { rows: [row(heard.port, b.port)] });
    // An answer from the worker: the port has arrived.
    while ((await engine.statistics(heard.port)) === undefined);
    next.say(b.rtpPort, SAMPLES);
    next.say(b.rtpPort, SAMPLES);
    const [one, , three, four] = await listener.hears(4);
    expect(new Set(listener.heard.map(({ ssrc }) => ssrc))).toEqual(new Set([heard.ssrc]));
    expect([three?.sequence, four?.sequence]).toEqual([2, 3].map((n) => ((one?.sequence ?? 0) + n) & 0xffff));
    expect(three?.timestamp).toBe(((one?.timestamp ?? 0) + 2 * SAMPLES.length) >>> 0);

    await engine.closePort(heard.port);
    expect(await isFree(heard.rtpPort)).toBe(true);
    await engine.closePort(b.port);
    expect(engine.ports).toBe(0);
    await Promise.all(legs.map((udp) => udp.close()));
  },
);

test.each([1, 2])("a port that is closed while it moves is gone, of %i workers", async (count) => {
  const { engine } = await start(count);
  const moving = await open(engine, "a");
  await open(engine, "b");
  engine.movePort(moving.port, "b");
  await engine.closePort(moving.port);
  expect(await isFree(moving.rtpPort)).toBe(true);
  expect(engine.ports).toBe(1);
});

test("a worker that dies frees its ports and rejects what was asked of it; the others live on", async () => {
  const { engine, workers } = await start(2);
  const lost = new Promise<readonly PortId[]>((resolve) => {
    engine.events.on("lost", resolve);
  });
  const doomed = await open(engine, "a");
  const other = await open(engine, "b");
  void workers[0]?.terminate();
  const asked = engine.openPort("a");
  expect(await lost).toEqual([doomed.port]);
  expect(await asked).toMatchObject({ ok: false, error: { code: "media.engine-lost" } });
  expect(await isFree(doomed.rtpPort)).toBe(true);
  expect(await engine.statistics(other.port)).toMatchObject({ received: 0 });
  expect((await engine.openPort("a")).ok).toBe(true);
});

test("a worker that dies is replaced, so that the next call finds a host", async () => {
  const { engine, workers } = await start(1);
  const startedAt = performance.now();
  const lost = new Promise((resolve) => {
    engine.events.on("lost", resolve);
  });
  const { port } = await open(engine, "a");
  await until("the worker has lived long enough", () => performance.now() - startedAt > 1000);
  await workers[0]?.terminate();
  expect(await lost).toEqual([port]);
  expect((await engine.openPort("b")).ok).toBe(true);
  expect(workers).toHaveLength(2);
});

test("a worker that dies at once is not replaced: opening a port fails and everything else is harmless", async () => {
  const { engine, workers } = await start(1);
  const { port } = await open(engine, "a");
  const lost = new Promise((resolve) => {
    engine.events.on("lost", resolve);
  });
  await workers[0]?.terminate();
  await lost;
  expect(await engine.openPort("a")).toMatchObject({ ok: false, error: { code: "media.engine-lost" } });
  expect(await engine.statistics(port)).toBeUndefined();
  expect(await engine.closePort(port)).toMatchObject({ received: 0 });
  expect(engine.ports).toBe(0);
});

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/support/phone/until.ts";
import { isFree } from "../../../test/support/udp-leg.ts";
import type { PortId } from "../matrix.ts";
import type { MediaEngine } from "./media-engine.ts";
import { createWorkerEngine } from "./worker-engine.ts";

const OPTIONS = { bindAddress: "127.0.0.1", portRange: { low: 46_000, high: 46_999 } };
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

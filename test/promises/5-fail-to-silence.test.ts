import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { type Floor, frames, hears, openFloor } from "../support/floor.ts";

let floor: Floor;
afterEach(() => floor.close());

test("promise 5: a supervisor that hangs up in barge is heard by nobody any more", async () => {
  floor = await openFloor();
  const { customer, agent } = await floor.call();
  const supervisor = await floor.supervise("*92");
  await hears(customer, ["agent", "supervisor"]);
  await supervisor.hangup();
  await hears(customer, ["agent"]);
  await hears(agent, ["customer"]);
  expect(floor.server.counts()).toMatchObject({ calls: 1, supervisions: 0, ports: 2 });
});

test("promise 5: a supervisor whose phone goes dead is taken out of the call, which goes on", async () => {
  floor = await openFloor({ media: "timeout: 1" });
  const { customer, agent } = await floor.call();
  const supervisor = await floor.supervise("*92");
  await hears(customer, ["agent", "supervisor"]);
  supervisor.media.send(undefined);
  await supervisor.ended();
  await frames(customer, 25);
  await hears(customer, ["agent"]);
  await hears(agent, ["customer"]);
});

test("promise 5: when the media worker dies nobody is sent another packet, and every call on it ends", async () => {
  const workers: Worker[] = [];
  floor = await openFloor({
    substitutes: {
      startWorker: (file, workerData) => {
        const worker = new Worker(file, { workerData });
        workers.push(worker);
        return worker;
      },
    },
  });
  const { customer, agent } = await floor.call();
  const supervisor = await floor.supervise("*92");
  await hears(agent, ["customer", "supervisor"]);
  await Promise.all(workers.map((worker) => worker.terminate()));
  const legs = [customer, agent, supervisor];
  const received = legs.map((leg) => leg.media.recorder.packets.length);
  await Promise.all(legs.map((leg) => leg.ended()));
  expect(legs.map((leg) => leg.media.recorder.packets.length)).toEqual(received);
  expect(floor.server.supervision.supervisions()).toEqual([]);
  const open = floor.ledger().filter((entry) => entry.event === "opened").length;
  expect(floor.ledger().filter((entry) => entry.event === "closed")).toHaveLength(open);
});

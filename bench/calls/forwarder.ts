import { setTimeout as sleep } from "node:timers/promises";
import { Leg } from "./leg.ts";
import { type Launch, MeasuredProcess } from "./measured-process.ts";
import { ROLES } from "./modes.ts";
import { Samples } from "./samples.ts";
import { SendLoop } from "./send-loop.ts";

const WARM_UP_MS = 4000;

/** CPU-ms per call-second of a bare forwarder under the same load: the floor of this machine at this moment. */
export async function forwarderCost(calls: number, seconds: number, launch: Launch): Promise<number> {
  const forwarder = await MeasuredProcess.start("./forwarder-process.ts", String(calls), launch);
  const legs = await Promise.all(
    forwarder.addresses.map(async (url, index) => {
      const leg = await Leg.open(ROLES[index % ROLES.length] ?? "agent");
      await leg.connect({ address: "127.0.0.1", port: Number(url.split(":").at(-1)) });
      return leg;
    }),
  );
  const loop = new SendLoop(legs, new Samples());
  loop.start();
  await sleep(WARM_UP_MS);
  const before = await forwarder.cpuMs();
  const from = performance.now();
  await sleep(seconds * 1000);
  const cpuMs = (await forwarder.cpuMs()) - before;
  const elapsedSeconds = (performance.now() - from) / 1000;
  loop.stop();
  await Promise.all(legs.map((leg) => leg.close()));
  await forwarder.close();
  return cpuMs / (calls * elapsedSeconds);
}

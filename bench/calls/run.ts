import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../../test/support/phone/link.ts";
import { configurationFor, Floor } from "./floor.ts";
import type { Leg } from "./leg.ts";
import { type Launch, MeasuredProcess } from "./measured-process.ts";
import { HEARS, type Mode, ROLES, type Role } from "./modes.ts";
import { type Distribution, Samples } from "./samples.ts";
import { SendLoop } from "./send-loop.ts";

/** Before the window: V8 compiles what is hot, jitter buffers find their depth. */
const WARM_UP_MS = 4000;
/** A stream counts as relayed, or as mixed, when so much of it is: a voice that pauses for a frame leaves a relay. */
const MOST = 0.98;

export interface RunOptions {
  readonly mode: Mode;
  readonly calls: number;
  readonly seconds: number;
  readonly launch: Launch;
}

/** What the legs of one role received, all calls together. */
export interface StreamFigures {
  readonly listener: Role;
  readonly packets: number;
  readonly lost: number;
  /** Share of the packets that bear one speaker's payload, byte for byte. */
  readonly relayedShare: number;
}

export interface Figures {
  readonly mode: Mode;
  /** Of the server process, all threads, per call and second. */
  readonly cpuMsPerCallSecond: number;
  /** From one phone's sending to the agent's or the customer's receiving, through the server, ms. */
  readonly delayMs: Distribution;
  /** How late the load itself was, ms. */
  readonly latenessMs: Distribution;
  readonly packetsSent: number;
  readonly streams: readonly StreamFigures[];
  /** Growth of the server between registered phones and the end of the window, per call, KiB. */
  readonly residentKiBPerCall: number;
  readonly heapKiBPerCall: number;
  /** Why the figures are of something else than the mode; empty when all is as it should be. */
  readonly faults: readonly string[];
}

/** Starts a server, puts the calls on it, measures it for a while and stops it. */
export async function run(options: RunOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "floorwalker-bench-"));
  try {
    const path = join(folder, "floor.yaml");
    writeFileSync(path, configurationFor(options.calls, join(folder, "floor.db")));
    const server = await MeasuredProcess.start("./server-process.ts", path, options.launch);
    try {
      return await measure(options, server);
    } finally {
      await server.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure({ mode, calls, seconds }: RunOptions, server: MeasuredProcess): Promise<Figures> {
  const delays = new Samples();
  const lateness = new Samples();
  const floor = await Floor.open(calls, sipOf(server), delays);
  const empty = await server.memory();
  const loop = new SendLoop(floor.legs, lateness);
  try {
    await floor.call();
    loop.start();
    await floor.talking();
    if (mode !== "none") await floor.supervise(mode);
    await sleep(WARM_UP_MS);

    const cpuBefore = await server.cpuMs();
    const sentBefore = sentBy(floor.legs);
    for (const leg of floor.legs) leg.startWindow();
    delays.clear();
    lateness.clear();
    const from = performance.now();
    await sleep(seconds * 1000);
    const cpuMs = (await server.cpuMs()) - cpuBefore;
    const elapsedSeconds = (performance.now() - from) / 1000;
    const packetsSent = sentBy(floor.legs) - sentBefore;
    const received = receivedBy(floor, mode);
    const figures = { delayMs: delays.summary(), latenessMs: lateness.summary(), packetsSent, ...received };
    const full = await server.memory();
    return {
      mode,
      cpuMsPerCallSecond: cpuMs / (calls * elapsedSeconds),
      ...figures,
      residentKiBPerCall: (full.resident - empty.resident) / 1024 / calls,
      heapKiBPerCall: (full.heap - empty.heap) / 1024 / calls,
    };
  } finally {
    loop.stop();
    await floor.close();
  }
}

function sipOf({ addresses }: MeasuredProcess): Server {
  return { address: "127.0.0.1", port: Number(addresses[0]?.split(":").at(-1)), transport: "udp" };
}

function sentBy(legs: readonly Leg[]): number {
  return legs.reduce((sum, leg) => sum + leg.sent, 0);
}

/** What every role received in the window, and what about it contradicts the mode. */
function receivedBy(floor: Floor, mode: Mode): Pick<Figures, "streams" | "faults"> {
  const faults: string[] = [];
  const streams = ROLES.map((listener) => {
    const receptions = floor.legsOf(listener).map((leg) => leg.reception());
    const total = (count: "packets" | "lost" | "relayed"): number =>
      receptions.reduce((sum, reception) => sum + reception[count], 0);
    const packets = total("packets");
    const relayedShare = packets === 0 ? 0 : total("relayed") / packets;
    const expected = [...HEARS[mode][listener]].sort();
    const wrong = receptions.filter(
      ({ heard }) => [...(heard ?? ["unclear"])].sort().join() !== expected.join(),
    );
    if (wrong.length > 0) {
      const heard = wrong[0]?.heard?.join(" and ");
      faults.push(`${wrong.length} times the ${listener} hears ${heard ?? "something unclear"}`);
    }
    const asExpected = expected.length === 1 ? relayedShare : 1 - relayedShare;
    if (packets > 0 && asExpected < MOST) {
      const kind = expected.length === 1 ? "relayed" : "mixed";
      faults.push(`only ${(100 * asExpected).toFixed(1)} % of the ${listener}'s packets are ${kind}`);
    }
    return { listener, packets, lost: total("lost"), relayedShare };
  });
  return { streams, faults };
}

import { afterEach, expect, test } from "vitest";
import { type Floor, frames, hears, openFloor } from "../support/floor.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";

let floor: Floor;
afterEach(() => floor.close());

const A: "agent" = "agent";
const C: "customer" = "customer";
const S: "supervisor" = "supervisor";

/** What in a leg's packets could betray that something happened: nothing, if the list is empty. */
function tracesOn(leg: PhoneCall): string[] {
  const packets = leg.media.recorder.packets;
  return packets.slice(1).flatMap((packet, i) => {
    const before = packets[i];
    if (before === undefined) return [];
    const traces: string[] = [];
    if (packet.ssrc !== before.ssrc) traces.push("SSRC");
    if (packet.sequence !== ((before.sequence + 1) & 0xffff)) {
      traces.push(`sequence ${before.sequence} -> ${packet.sequence}`);
    }
    const moved = (packet.timestamp - before.timestamp) >>> 0;
    if (moved !== 160) traces.push(`timestamp +${moved}`);
    if (packet.marker) traces.push("marker");
    return traces.map((trace) => `packet ${i + 1}: ${trace}`);
  });
}

/** How many packets fewer came than 20 ms fit into the time: a hole that numbers and timestamps would hide. */
function missingOn(leg: PhoneCall): number {
  const { packets } = leg.media.recorder;
  const elapsedMs = (packets.at(-1)?.at ?? 0) - (packets[0]?.at ?? 0);
  return Math.round(elapsedMs / 20) - (packets.length - 1);
}

/** Two changes of the partner, each with less than a frame of shift, and a machine that hands out packets in bursts. */
const MAX_MISSING = 4;

test("promise 3: joining, switching through every mode and leaving leaves no trace in what the parties receive", async () => {
  floor = await openFloor();
  const { customer, agent } = await floor.call();
  const supervisor = await floor.supervise("*90");
  await hears(supervisor, [A, C]);

  await supervisor.pressKey("5");
  await hears(agent, [C, S]);
  await supervisor.pressKey("6");
  await hears(customer, [A, S]);
  await supervisor.pressKey("7");
  await hears(customer, [S]);
  await supervisor.pressKey("9");
  await hears(customer, [A, S]);
  await supervisor.pressKey("4");
  await hears(customer, [A]);
  await supervisor.hangup();
  await frames(agent, 25);

  for (const leg of [agent, customer]) {
    expect(leg.media.recorder.packets.length).toBeGreaterThan(60);
    expect(tracesOn(leg)).toEqual([]);
    expect(leg.reinvites).toBe(0);
    expect(Math.abs(missingOn(leg))).toBeLessThan(MAX_MISSING);
  }
});

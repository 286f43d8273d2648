import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { row, seeded } from "../../../test/support/engine-bench.ts";
import { HEADER_LENGTH, writeHeader } from "../../rtp/packet.ts";
import { EngineCore } from "./engine-core.ts";
import type { Port } from "./port.ts";

const PACKETS = 100_000;
const WARM_UP_FRAMES = 40_000;
/**
 * A number beyond 31 bits (a timestamp, a time) is boxed in 16 bytes where it crosses a call that is not inlined: two of
 * those are forgiven. The smallest object with a field, or a closure, is more.
 */
const BYTES_PER_PACKET = 32;

test("a supervised call allocates nothing per packet", () => {
  let now = 0;
  const after = () => () => {};
  const core = new EngineCore({ now: () => now, wallNow: () => now, after }, seeded(1), () => {});
  let sent = 0;
  const io = {
    sendRtp: () => {
      sent++;
    },
    sendRtcp: () => {},
  };
  const ports = ["agent", "customer", "supervisor"].map((id, i): Port => {
    const port = core.open(id, "call", io, 0);
    core.configure(id, {
      codec: i === 1 ? "PCMA" : "PCMU",
      sendPayloadType: 0,
      receivePayloadType: 0,
      remote: { address: "192.0.2.1", port: 4000 + i, rtcpPort: 5000 },
      ptimeMs: 20,
    });
    return port;
  });
  core.setMatrix("call", {
    rows: [
      row("agent", "customer", ["supervisor"]),
      row("customer", "agent"),
      row("supervisor", "agent", ["customer"]),
    ],
  });
  const packets = ports.map((_, i) => new Uint8Array(HEADER_LENGTH + 160).fill(40 + i));
  let frame = 0;
  const drive = (frames: number) => {
    for (const end = frame + frames; frame < end; frame++) {
      for (let p = 0; p < ports.length; p++) {
        const packet = packets[p];
        const port = ports[p];
        if (packet === undefined || port === undefined) continue;
        writeHeader(packet, 0, false, frame, frame * 160, p);
        core.receiveRtp(port, packet, packet.length, "192.0.2.1", 4000 + p);
        now += 6;
      }
      now += 2;
    }
  };
  // Until the compiler has seen enough, interpreted code boxes every number.
  drive(WARM_UP_FRAMES);
  sent = 0;
  const before = getHeapStatistics().total_allocated_bytes;
  drive(Math.ceil(PACKETS / ports.length));
  const grown = getHeapStatistics().total_allocated_bytes - before;
  expect(sent).toBeGreaterThan(PACKETS * 0.99);
  expect(grown / PACKETS).toBeLessThan(BYTES_PER_PACKET);
});

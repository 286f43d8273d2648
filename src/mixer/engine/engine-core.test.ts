import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EngineBench,
  MATRICES,
  row,
  type ScriptedLeg,
  type SentPacket,
  seeded,
} from "../../../test/support/engine-bench.ts";
import type { Matrix } from "../matrix.ts";

/** A call of three with the levels 500, 2000 and 8000, whose sums are told apart. */
function call(media: Parameters<EngineBench["leg"]>[1][] = []) {
  const bench = new EngineBench();
  const agent = bench.leg("agent", media[0]);
  const customer = bench.leg("customer", media[1]);
  const supervisor = bench.leg("supervisor", media[2]);
  const talk = (frames: number) => {
    for (let i = 0; i < frames; i++) bench.frame(agent, customer, supervisor);
  };
  return { bench, agent, customer, supervisor, talk };
}

/** One SSRC and payload type, numbers and timestamps in step, no marker but the speaker's own first. */
function expectUnbroken(packets: readonly SentPacket[], samples = 160) {
  packets.forEach((packet, i) => {
    const before = packets[i - 1];
    if (before === undefined) return;
    expect(packet.ssrc).toBe(before.ssrc);
    expect(packet.type).toBe(before.type);
    expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
    expect((packet.timestamp - before.timestamp) >>> 0).toBe(samples);
    expect(packet.marker).toBe(false);
  });
}

/** Where a level lies within what companding makes of it. */
function near(level: number) {
  return (heard: number) => Math.abs(heard - level) <= level * 0.07;
}

describe("relay", () => {
  test("a listener that hears one speaker in its own codec gets its bytes, whatever they are", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    const random = seeded(7);
    const payloads = Array.from({ length: 50 }, () =>
      Array.from({ length: 160 }, () => Math.floor(random() * 256)),
    );
    for (const payload of payloads) customer.say(payload);
    expect(agent.heard.map((packet) => packet.payload)).toEqual(payloads);
    expectUnbroken(agent.heard);
  });

  test.each([80, 160, 240, 320, 480])("packets of %i samples keep their length", (samples) => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    for (let i = 0; i < 5; i++) customer.say(customer.payload(2000, samples));
    expect(agent.heard.map((packet) => packet.payload.length)).toEqual(Array(5).fill(samples));
    expectUnbroken(agent.heard, samples);
  });

  test("payload types are the listener's own", () => {
    const { bench, agent, customer } = call([{ sendPayloadType: 100 }, { receivePayloadType: 110 }]);
    bench.setMatrix(MATRICES.none);
    customer.say();
    expect(agent.heard[0]).toMatchObject({ type: 100, ssrc: agent.port.ssrc });
  });

  test("the partner's own marker and the gaps in its numbers stay", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    customer.say(customer.payload(), true);
    customer.say();
    customer.lose(3);
    customer.say(customer.payload(), true);
    const [first, second, third] = agent.heard as [SentPacket, SentPacket, SentPacket];
    expect([first.marker, second.marker, third.marker]).toEqual([true, false, true]);
    expect((third.sequence - second.sequence) & 0xffff).toBe(4);
    expect((third.timestamp - second.timestamp) >>> 0).toBe(640);
  });

  test("between two codecs the audio is the same", () => {
    const { bench, agent, customer } = call([{ codec: "PCMA" }]);
    bench.setMatrix(MATRICES.none);
    customer.say();
    agent.say();
    expect(agent.heard[0]?.type).toBe(8);
    expect(agent.levels().every(near(2000))).toBe(true);
    expect(customer.levels().every(near(500))).toBe(true);
  });

  test("a packet that was on its way when the codec changed is heard, and one of neither codec is not", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    bench.frame(customer);
    bench.core.configure("customer", {
      ...customer.media,
      codec: "PCMA",
      sendPayloadType: 8,
      receivePayloadType: 8,
    });
    bench.frame(customer);
    customer.send(18, customer.payload());
    customer.send(8, [...Array(160).fill(0xd5)]);
    expect(agent.levels().slice(0, 2).every(near(2000))).toBe(true);
    expect(agent.heard).toHaveLength(3);
    expectUnbroken(agent.heard);
    expect(customer.statistics).toMatchObject({ received: 3, malformed: 1 });
  });

  test("a stall of the partner is relayed as it is, where nobody else is audible", () => {
    const { bench, agent, customer, talk } = call();
    bench.setMatrix(MATRICES.none);
    talk(3);
    bench.clock.advance(2000);
    expect(agent.heard).toHaveLength(3);
    customer.say();
    expectUnbroken(agent.heard);
  });
});

/** What each leg hears, as the sum of the levels 500 (agent), 2000 (customer) and 8000 (supervisor). */
const HEARD: [keyof typeof MATRICES, number, number, number][] = [
  ["none", 2000, 500, 0],
  ["monitor", 2000, 500, 2500],
  ["whisper", 10_000, 500, 2500],
  ["barge", 10_000, 8500, 2500],
  ["takeover", 10_000, 8000, 2000],
];

describe("the matrices of the design", () => {
  test.each(HEARD)("%s: the agent hears %i, the customer %i, the supervisor %i", (mode, a, c, s) => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix(MATRICES[mode]);
    talk(20);
    const expectLevel = (leg: ScriptedLeg, level: number) => {
      if (level === 0) expect(leg.heard).toEqual([]);
      else expect(leg.levels(5).filter((one) => !near(level)(one))).toEqual([]);
    };
    expectLevel(agent, a);
    expectLevel(customer, c);
    expectLevel(supervisor, s);
  });

  test("joining, every change of mode and leaving leave no trace in the parties' packets", () => {
    const { bench, agent, customer, talk } = call();
    const modes = ["none", "monitor", "whisper", "barge", "takeover", "barge", "whisper", "monitor", "none"];
    for (const mode of modes) {
      bench.setMatrix(MATRICES[mode as keyof typeof MATRICES]);
      talk(25);
    }
    for (const leg of [agent, customer]) {
      expect(leg.heard).toHaveLength(25 * modes.length);
      expectUnbroken(leg.heard);
      const intervals = leg.heard.slice(1).map((packet, i) => packet.at - (leg.heard[i]?.at ?? 0));
      expect(Math.min(...intervals)).toBeGreaterThanOrEqual(16);
      expect(Math.max(...intervals)).toBeLessThanOrEqual(24);
    }
  });

  test("a supervisor whose first packet comes with its marker during a takeover brings no marker", () => {
    const { bench, agent, customer, supervisor } = call();
    bench.setMatrix(MATRICES.none);
    for (let i = 0; i < 5; i++) bench.frame(agent, customer);
    bench.setMatrix(MATRICES.takeover);
    supervisor.say(supervisor.payload(), true);
    expect(customer.heard).toHaveLength(6);
    expectUnbroken(customer.heard);
  });

  test("a silent supervisor leaves the agent the customer's bytes also in whisper", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.whisper);
    const payload = Array.from({ length: 160 }, (_, i) => i);
    customer.say(payload);
    expect(agent.heard[0]?.payload).toEqual(payload);
  });

  test("sums clip once, at the end", () => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix({ rows: [row("agent", "customer", ["supervisor"])] });
    customer.level = 30_000;
    supervisor.level = 30_000;
    talk(5);
    expect(agent.levels().at(-1)).toBeGreaterThan(31_000);
  });

  test("a gain scales a partner and another speaker", () => {
    const { bench, agent, talk } = call();
    bench.setMatrix({
      rows: [
        {
          listener: "agent",
          partner: "customer",
          hears: [
            { speaker: "customer", gainQ8: 128 },
            { speaker: "supervisor", gainQ8: 64 },
          ],
        },
      ],
    });
    talk(10);
    expect(agent.levels(5).every(near(3000))).toBe(true);
  });

  test.each([80, 240, 320, 480])(
    "a partner with packets of %i samples is mixed in its own rhythm",
    (samples) => {
      const { bench, agent, customer, supervisor } = call();
      bench.setMatrix(MATRICES.whisper);
      let said = 0;
      for (let ms = 0; ms < 1200; ms += 10) {
        if (ms % 20 === 0) supervisor.say();
        if (ms * 8 >= said) {
          customer.say(customer.payload(2000, samples));
          said += samples;
        }
        bench.clock.advance(10);
      }
      expectUnbroken(agent.heard, samples);
      const settled = agent.levels().slice(-10);
      expect(settled.filter((one) => !near(10_000)(one))).toEqual([]);
    },
  );

  test("a partner that is not heard clocks the others, and sends nothing of its own", () => {
    const { bench, agent, talk } = call();
    bench.setMatrix({
      rows: [
        { listener: "agent", partner: "customer", hears: [{ speaker: "supervisor", gainQ8: 256 }] },
        { listener: "supervisor", partner: "customer", hears: [] },
      ],
    });
    talk(10);
    expect(agent.heard).toHaveLength(10);
    expect(agent.levels(3).every(near(8000))).toBe(true);
    expect(bench.legs.get("supervisor")?.heard).toEqual([]);
  });
});

describe("the tick", () => {
  test("fills the partner's slots when it is overdue, and drops what then comes late", () => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix(MATRICES.whisper);
    talk(10);
    for (let i = 0; i < 5; i++) bench.frame(supervisor);
    const filled = agent.heard.length - 10;
    expect(filled).toBeGreaterThanOrEqual(2);
    expect(filled).toBeLessThanOrEqual(4);
    expect(agent.levels(11).every(near(8000))).toBe(true);
    for (let i = 0; i < 6; i++) customer.say();
    expect(customer.statistics?.late).toBe(filled);
    expect(agent.heard).toHaveLength(16);
    expectUnbroken(agent.heard);
  });

  test("goes on for as long as the partner is silent, every 20 ms, and ends when it is back", () => {
    const { bench, agent, supervisor, talk } = call();
    bench.setMatrix(MATRICES.whisper);
    talk(5);
    for (let i = 0; i < 100; i++) bench.frame(supervisor);
    const before = agent.heard.length;
    expect(before).toBeGreaterThanOrEqual(5 + 97);
    expectUnbroken(agent.heard);
    talk(50);
    expect(agent.heard.length - before).toBeGreaterThanOrEqual(47);
    expect(agent.heard.length - before).toBeLessThanOrEqual(50);
    expectUnbroken(agent.heard);
    // The change of clock may cost the other speaker one frame.
    expect(agent.levels(before + 10).filter((one) => !near(10_000)(one)).length).toBeLessThanOrEqual(1);
  });

  test("serves a listener that has no partner, and only while somebody sounds", () => {
    const { bench, agent, supervisor } = call();
    bench.setMatrix({ rows: [row("agent", undefined, ["supervisor"])] });
    for (let i = 0; i < 10; i++) bench.frame(supervisor);
    bench.clock.advance(1000);
    expect(agent.heard.length).toBeGreaterThanOrEqual(9);
    expect(agent.heard.length).toBeLessThanOrEqual(20);
    expectUnbroken(agent.heard);
  });

  test("runs only while a listener hears somebody besides its partner", () => {
    const { bench } = call();
    const idle = bench.clock.pending;
    bench.setMatrix(MATRICES.monitor);
    expect(bench.clock.pending).toBe(idle + 1);
    bench.setMatrix(MATRICES.none);
    expect(bench.clock.pending).toBe(idle);
  });
});

test("a gap in the partner's numbers moves the other speaker on by as many frames", () => {
  const { bench, agent, customer, supervisor } = call();
  bench.setMatrix({ rows: [row("agent", "customer", ["supervisor"])] });
  customer.level = 0;
  supervisor.level = 1000;
  // Single losses, so that the tick does not stand in. Each frame is louder than the one before: levels tell time.
  const say = (frames: number, lostEvery: number) => {
    for (let i = 1; i <= frames; i++) {
      supervisor.level += 100;
      supervisor.say();
      if (i % lostEvery === 0) customer.lose(1);
      else customer.say();
      bench.clock.advance(20);
    }
    return supervisor.level - (agent.levels().at(-1) ?? 0);
  };
  const lag = say(5, 100);
  // Companding rounds to 128 at these levels; three frames that were not passed over would be 300 more.
  expect(Math.abs(say(7, 2) - lag)).toBeLessThan(130);
});

test("another speaker whose stream restarts is heard at once, wherever its timestamps begin", () => {
  const { bench, agent, supervisor, talk } = call();
  bench.setMatrix(MATRICES.whisper);
  talk(10);
  supervisor.ssrc++;
  supervisor.timestamp -= 30 * 160;
  talk(10);
  expect(agent.levels(13).every(near(10_000))).toBe(true);
});

describe("telephone-events", () => {
  test("reach the partner under its own payload type, on the one timeline, and are told once", () => {
    const { bench, agent, customer, talk } = call();
    bench.setMatrix(MATRICES.none);
    talk(3);
    customer.press(5);
    talk(3);
    expect(bench.news).toEqual([{ type: "digit", port: "customer", digit: "5" }]);
    const events = agent.heard.filter((packet) => packet.type === 101);
    expect(events).toHaveLength(8);
    expect(new Set(events.map((packet) => packet.timestamp)).size).toBe(1);
    expect(events.map((packet) => packet.marker)).toEqual([true, ...Array(7).fill(false)]);
    expect(events[7]?.payload).toEqual([5, 0x80 | 10, 960 >> 8, 960 & 0xff]);
    agent.heard.forEach((packet, i) => {
      const before = agent.heard[i - 1] ?? { ...packet, sequence: packet.sequence - 1 };
      expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
    });
    const audio = agent.heard.filter((packet) => packet.type === 0);
    expect(((audio[3]?.timestamp ?? 0) - (audio[2]?.timestamp ?? 0)) >>> 0).toBe(9 * 160);
  });

  test("the key is told at its first packet", () => {
    const { bench, supervisor } = call();
    supervisor.send(96, [11, 10, 0, 160], true);
    expect(bench.news).toEqual([{ type: "digit", port: "supervisor", digit: "#" }]);
  });

  test.each(Object.keys(MATRICES) as (keyof typeof MATRICES)[])(
    "of the supervisor reach neither party in %s",
    (mode) => {
      const { bench, agent, customer, supervisor, talk } = call();
      bench.setMatrix(MATRICES[mode]);
      talk(5);
      supervisor.press(6);
      talk(5);
      expect(bench.news).toEqual([{ type: "digit", port: "supervisor", digit: "6" }]);
      for (const leg of [agent, customer]) {
        expect(leg.heard.filter((packet) => packet.type !== 0)).toEqual([]);
      }
    },
  );

  test("that a listener did not negotiate are silence to it, without a gap in numbers or time", () => {
    const bench = new EngineBench();
    const agent = bench.leg("agent", { codec: "PCMU" });
    const { sendEventType: _, ...noEvents } = agent.media;
    bench.core.configure("agent", noEvents);
    const customer = bench.leg("customer");
    bench.setMatrix(MATRICES.none);
    bench.frame(customer);
    customer.press(5);
    bench.frame(customer);
    expect(agent.heard).toHaveLength(10);
    expectUnbroken(agent.heard);
    expect(agent.levels().map((level) => level > 0)).toEqual([true, ...Array(8).fill(false), true]);
  });

  test.each([
    ["every 20 ms, its ends too", [20, 20, 20, 20, 20, 20, 20, 20]],
    ["every 50 ms", [20, 50, 50, 50, 50, 50]],
    ["with its ends at once", [20, 20, 20, 20, 0, 0, 20]],
    ["after a long silence", [5000, 20, 20, 20, 20]],
  ])(
    "of a supervisor who took the call over leave the customer without a gap, when they come %s",
    (_, pauses) => {
      const { bench, customer, supervisor, talk } = call();
      bench.setMatrix(MATRICES.takeover);
      talk(10);
      const before = customer.heard.length;
      for (const [i, pause] of pauses.entries()) {
        bench.clock.advance(pause - 20 * Number(i === 0));
        supervisor.send(96, [5, 10, 0, 160], i === 0);
        supervisor.sequence++;
      }
      const elapsed = pauses.slice(1).reduce((sum, pause) => sum + pause, 20);
      supervisor.timestamp += pauses.reduce((sum, pause) => sum + pause, 0) * 8;
      bench.clock.advance(20);
      const filled = customer.heard.length - before;
      // A frame for each 20 ms of the key, give or take the one that is begun.
      expect(Math.abs(filled - elapsed / 20)).toBeLessThanOrEqual(pauses[1] === 50 ? 3 : 1);
      talk(20);
      expect(customer.heard.every((packet) => packet.type === 0)).toBe(true);
      expectUnbroken(customer.heard);
      expect(customer.levels().slice(-10).every(near(8000))).toBe(true);
    },
  );

  test("of a partner that a listener must not get: it goes on hearing the others, without a gap", () => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix(MATRICES.monitor);
    talk(10);
    for (let i = 0; i < 8; i++) {
      agent.send(96, [5, i >= 5 ? 0x8a : 10, 0, 160], i === 0);
      agent.sequence++;
      bench.frame(customer);
    }
    agent.timestamp += 8 * 160;
    talk(20);
    expect(supervisor.heard.every((packet) => packet.type === 0)).toBe(true);
    expectUnbroken(supervisor.heard);
    expect(supervisor.levels(11).slice(0, 6).every(near(2000))).toBe(true);
    expect(supervisor.levels().slice(-5).every(near(2500))).toBe(true);
  });
});

describe("default deny", () => {
  test("without a matrix nobody hears anybody", () => {
    const { agent, customer, supervisor, talk } = call();
    talk(10);
    expect([agent, customer, supervisor].map((leg) => leg.heard)).toEqual([[], [], []]);
  });

  const ports = ["agent", "customer", "supervisor"];
  const randomRow = (listener: string) =>
    fc.record(
      {
        listener: fc.constant(listener),
        partner: fc.constantFrom(...ports),
        hears: fc.uniqueArray(
          fc.record({
            speaker: fc.constantFrom(...ports),
            gainQ8: fc.constantFrom(0, 64, 256, 300),
            digits: fc.boolean(),
          }),
          { selector: (one) => one.speaker, maxLength: 3 },
        ),
      },
      { requiredKeys: ["listener", "hears"] },
    );
  const randomMatrix = fc.record({ rows: fc.tuple(...ports.map(randomRow)) });

  /** What `listener` is sent while all three talk and press keys, and `muted` says something else than before. */
  function sentTo(listener: string, matrices: readonly Matrix[], muted: string, level: number) {
    const { bench, agent, customer, supervisor, talk } = call();
    const leg = bench.legs.get(muted);
    if (leg !== undefined) leg.level = level;
    for (const matrix of matrices) {
      bench.setMatrix(matrix);
      talk(4);
      for (const one of [agent, customer, supervisor]) {
        one.send(96, [one === leg ? level % 10 : 3, 10, 0, 160], true);
        one.sequence++;
      }
      bench.clock.advance(140);
    }
    return bench.legs.get(listener)?.heard;
  }

  test("what a listener is sent does not depend on what anybody says whom its row does not name", () => {
    fc.assert(
      fc.property(
        fc.array(randomMatrix, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...ports),
        fc.constantFrom(...ports),
        (matrices, listener, muted) => {
          const named = matrices.some((matrix) =>
            matrix.rows.some(
              (one) =>
                one.listener === listener &&
                one.hears.some(({ speaker, gainQ8 }) => speaker === muted && gainQ8 > 0),
            ),
          );
          fc.pre(!named);
          expect(sentTo(listener, matrices, muted, 11)).toEqual(sentTo(listener, matrices, muted, 20_002));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a row of another call's ports, or of ports that are not open, is silence", () => {
    const { bench, agent, talk } = call();
    const stranger = bench.core.open("other", "another call", agent.port.io, 0);
    bench.core.setMatrix("another call", { rows: [row("other", "agent", ["customer"])] });
    bench.setMatrix({ rows: [row("agent", "nobody", ["ghost"])] });
    talk(5);
    expect([stranger.sent, agent.heard.length]).toEqual([0, 0]);
  });
});

describe("a port that closes", () => {
  test("leaves every matrix at once, and the others hear each other on", () => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix(MATRICES.barge);
    talk(5);
    expect(bench.core.close("supervisor")).toMatchObject({ received: 5 });
    const heard = supervisor.heard.length;
    talk(5);
    expect(supervisor.heard).toHaveLength(heard);
    expect(agent.levels(5).every(near(2000))).toBe(true);
    expect(customer.levels(5).every(near(500))).toBe(true);
    expectUnbroken(agent.heard);
  });

  test("is heard by nobody any more, whatever still arrives at its sockets", () => {
    const { bench, agent, customer, supervisor, talk } = call();
    bench.setMatrix(MATRICES.barge);
    talk(5);
    bench.core.close("customer");
    const before = agent.heard.length + supervisor.heard.length;
    for (let i = 0; i < 5; i++) customer.say();
    expect(agent.heard.length + supervisor.heard.length).toBe(before);
    customer.press(1);
    expect(agent.heard.every((packet) => packet.type === 0)).toBe(true);
  });

  test("a matrix that names a port before it opens holds when it does", () => {
    const bench = new EngineBench();
    const customer = bench.leg("customer");
    bench.setMatrix(MATRICES.none);
    const agent = bench.leg("agent");
    customer.say();
    expect(agent.heard).toHaveLength(1);
  });

  test("leaves no timer behind when it is the last", () => {
    const { bench } = call();
    bench.setMatrix(MATRICES.barge);
    for (const id of ["agent", "customer", "supervisor"]) bench.core.close(id);
    expect(bench.clock.pending).toBe(0);
    expect(bench.core.close("agent")).toBeUndefined();
  });
});

describe("what is not for us", () => {
  test("a stranger's packet is dropped and counted", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    customer.say();
    customer.send(0, customer.payload(), false, 6666);
    customer.send(0, customer.payload(), false, customer.rtpPort, "198.51.100.9");
    expect(agent.heard).toHaveLength(1);
    expect(customer.statistics).toMatchObject({ received: 1, strangers: 2, malformed: 0 });
  });

  test.each<[string, number[]]>([
    ["an empty datagram", []],
    ["a short one", [0x80, 0, 0, 1]],
    ["another version", [0x40, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff]],
    ["comfort noise that was not negotiated", [0x80, 13, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x20]],
    ["an event too short to be one", [0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5]],
    ["a header extension beyond its end", [0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9]],
    ["more than 60 ms", [0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, ...new Array<number>(481).fill(0)]],
  ])("%s is dropped and counted", (_, bytes) => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    bench.core.receiveRtp(customer.port, Uint8Array.from(bytes), bytes.length, "192.0.2.1", customer.rtpPort);
    expect(agent.heard).toEqual([]);
    expect(customer.statistics).toMatchObject({ received: 0, malformed: 1 });
  });

  test("whatever arrives, nothing throws and every datagram is counted once", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (datagrams) => {
        const { bench, customer } = call();
        bench.setMatrix(MATRICES.barge);
        for (const bytes of datagrams) {
          bench.core.receiveRtp(customer.port, bytes, bytes.length, "192.0.2.1", customer.rtpPort);
          bench.core.receiveRtcp(customer.port, bytes, bytes.length, "192.0.2.1", customer.rtpPort + 1);
        }
        const { received, strangers, malformed } = customer.statistics ?? {};
        expect((received ?? 0) + (strangers ?? 0) + (malformed ?? 0)).toBe(datagrams.length);
      }),
    );
  });

  test("a leg on hold at an address of nowhere is sent nothing", () => {
    const { bench, agent, customer } = call();
    bench.setMatrix(MATRICES.none);
    const remote = { ...agent.media.remote, address: "0.0.0.0" };
    bench.core.configure("agent", { ...agent.media, remote });
    customer.say();
    expect(agent.heard).toEqual([]);
  });
});

describe("a leg that falls silent", () => {
  test("is told once, and again after it spoke in between", () => {
    const bench = new EngineBench();
    const agent = bench.leg("agent", {}, 3000);
    bench.clock.advance(2900);
    expect(bench.news).toEqual([]);
    bench.clock.advance(2000);
    expect(bench.news).toEqual([{ type: "silent", port: "agent" }]);
    agent.say();
    bench.clock.advance(4000);
    expect(bench.news).toHaveLength(2);
  });

  test("is not told where no timeout was asked for", () => {
    const bench = new EngineBench();
    bench.leg("agent");
    bench.clock.advance(60_000);
    expect(bench.news).toEqual([]);
  });
});

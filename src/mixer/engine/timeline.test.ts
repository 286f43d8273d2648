import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LATE, NEXT, OVERTAKEN, Timeline } from "./timeline.ts";

const FRAME = 160;
const BOUNDARIES = [0, 1, 32767, 32768, 65534, 65535];
const TIMESTAMPS = [0, 1, 0x7fffffff, 0x80000000, 0xffffff60, 0xffffffff];
const AGENT = 1;
const SUPERVISOR = 2;

/** A phone's stream: each packet is numbered and timed after the one before. */
class Stream {
  readonly speaker: number;
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  constructor(speaker = AGENT, ssrc = 7, sequence = 100, timestamp = 5000) {
    this.speaker = speaker;
    this.ssrc = ssrc;
    this.sequence = sequence;
    this.timestamp = timestamp;
  }
  /** Places this stream's packet number `index`. */
  place(line: Timeline, index: number): number {
    const sequence = (this.sequence + index) & 0xffff;
    const timestamp = (this.timestamp + index * FRAME) >>> 0;
    return line.placeAudio(this.speaker, this.ssrc, sequence, timestamp, FRAME);
  }
}

/** What was sent, as steps from the first packet the timeline was made with. */
function sent(line: Timeline, sequence = 0, timestamp = 0) {
  return { packet: (line.sequence - sequence) & 0xffff, time: ((line.timestamp - timestamp) | 0) / FRAME };
}

describe.each(BOUNDARIES)("from sequence number %i", (start) => {
  const time = TIMESTAMPS[BOUNDARIES.indexOf(start)] ?? 0;

  test("the first packet takes the timeline's own first slot", () => {
    const line = new Timeline(start, time);
    expect(new Stream().place(line, 0)).toBe(NEXT);
    expect([line.sequence, line.timestamp, line.rebound]).toEqual([start, time, false]);
  });

  test.each(BOUNDARIES)("a stream that begins at %i is mapped by constant offsets", (first) => {
    const line = new Timeline(start, time);
    const stream = new Stream(AGENT, 7, first, time);
    for (let i = 0; i < 200; i++) {
      expect(stream.place(line, i)).toBe(NEXT);
      expect(sent(line, start, time)).toEqual({ packet: i, time: i });
      expect(line.missed).toBe(0);
    }
  });

  test("a gap in the partner's numbers is kept and told in samples", () => {
    const line = new Timeline(start, time);
    const stream = new Stream(AGENT, 7, start, time);
    stream.place(line, 0);
    expect(stream.place(line, 4)).toBe(NEXT);
    expect(sent(line, start, time)).toEqual({ packet: 4, time: 4 });
    expect(line.missed).toBe(3 * FRAME);
  });

  test("an overtaken packet goes to its own free slot, a second copy of it does not", () => {
    const line = new Timeline(start, time);
    const stream = new Stream(AGENT, 7, start, time);
    stream.place(line, 0);
    stream.place(line, 2);
    expect(stream.place(line, 1)).toBe(OVERTAKEN);
    expect(sent(line, start, time)).toEqual({ packet: 1, time: 1 });
    expect(stream.place(line, 1)).toBe(LATE);
    expect(stream.place(line, 2)).toBe(LATE);
    expect(stream.place(line, 3)).toBe(NEXT);
    expect(line.missed).toBe(0);
  });

  test("a change of partner goes on by one number and one frame", () => {
    const line = new Timeline(start, time);
    new Stream(AGENT).place(line, 0);
    expect(new Stream(SUPERVISOR, 8, 40_000, 123).place(line, 0)).toBe(NEXT);
    expect(sent(line, start, time)).toEqual({ packet: 1, time: 1 });
    expect(line.rebound).toBe(true);
    new Stream(AGENT).place(line, 50);
    expect(sent(line, start, time)).toEqual({ packet: 2, time: 2 });
    expect(line.missed).toBe(0);
  });
});

test("a partner that was taken away and is given back goes on by one number and one frame, as after a hold", () => {
  const line = new Timeline(0, 0);
  const agent = new Stream(AGENT);
  agent.place(line, 0);
  line.unbind();
  expect(agent.place(line, 50)).toBe(NEXT);
  expect(sent(line)).toEqual({ packet: 1, time: 1 });
  expect(line.missed).toBe(0);
});

test("only a change of speaker is told, not a speaker's own restart", () => {
  const line = new Timeline(0, 0);
  new Stream(AGENT, 7).place(line, 0);
  new Stream(AGENT, 8).place(line, 0);
  expect(line.rebound).toBe(false);
  new Stream(SUPERVISOR, 8).place(line, 0);
  expect(line.rebound).toBe(true);
});

test.each([
  ["another SSRC", new Stream(AGENT, 9)],
  ["a sequence number far ahead", new Stream(AGENT, 7, 100 + 3002)],
  ["a sequence number far behind", new Stream(AGENT, 7, (100 - 101) & 0xffff)],
])("a partner that restarts with %s goes on by one number and one frame", (_, restarted) => {
  const line = new Timeline(0, 0);
  new Stream().place(line, 0);
  expect(restarted.place(line, 0)).toBe(NEXT);
  expect(sent(line)).toEqual({ packet: 1, time: 1 });
});

test("a partner whose clock falls far back goes on by one frame", () => {
  const line = new Timeline(0, 0);
  line.placeAudio(AGENT, 7, 1, 1_000_000, FRAME);
  expect(line.placeAudio(AGENT, 7, 2, 500, FRAME)).toBe(NEXT);
  expect(sent(line)).toEqual({ packet: 1, time: 1 });
});

describe("after the tick has filled in", () => {
  function filled(slots: number): { line: Timeline; stream: Stream } {
    const line = new Timeline(0, 0);
    const stream = new Stream();
    stream.place(line, 0);
    for (let i = 0; i < slots; i++) line.fill(FRAME);
    return { line, stream };
  }

  test("its packets took the partner's own slots", () => {
    expect(sent(filled(2).line)).toEqual({ packet: 2, time: 2 });
  });

  test("a late packet is dropped where its slot is filled, and sent where it is not", () => {
    const { line, stream } = filled(2);
    expect(stream.place(line, 1)).toBe(LATE);
    expect(stream.place(line, 2)).toBe(LATE);
    expect(stream.place(line, 3)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 3, time: 3 });
    expect(stream.place(line, 2)).toBe(LATE);
  });

  test("a partner that comes back in step leaves the slots that nobody filled as a gap", () => {
    const { line, stream } = filled(1);
    expect(stream.place(line, 4)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 4, time: 4 });
    expect(line.missed).toBe(2 * FRAME);
  });

  test("a partner that comes back from silence suppression goes on by one number", () => {
    const { line, stream } = filled(50);
    expect(line.placeAudio(AGENT, 7, stream.sequence + 1, stream.timestamp + 51 * FRAME + 40, FRAME)).toBe(
      NEXT,
    );
    expect([line.sequence, line.timestamp, line.missed]).toEqual([51, 51 * FRAME + 40, 40]);
    expect(line.placeAudio(AGENT, 7, stream.sequence + 2, stream.timestamp + 52 * FRAME + 40, FRAME)).toBe(
      NEXT,
    );
    expect([line.sequence, line.timestamp, line.missed]).toEqual([52, 52 * FRAME + 40, 0]);
  });

  test("a packet that overlaps the last filled slot only in part is sent right behind it", () => {
    const { line, stream } = filled(50);
    expect(line.placeAudio(AGENT, 7, stream.sequence + 1, stream.timestamp + 51 * FRAME - 40, FRAME)).toBe(
      NEXT,
    );
    expect(sent(line)).toEqual({ packet: 51, time: 51 });
  });

  test("a burst of late packets is dropped until it has caught up", () => {
    const { line, stream } = filled(40);
    for (let i = 1; i <= 40; i++) expect(stream.place(line, i)).toBe(LATE);
    expect(stream.place(line, 41)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 41, time: 41 });
  });

  test("a partner that stays late by the same time is taken up where the listener is", () => {
    const { line, stream } = filled(500);
    const verdicts: number[] = [];
    for (let i = 1; i <= 4; i++) {
      verdicts.push(stream.place(line, i));
      if (verdicts.at(-1) === LATE) line.fill(FRAME);
    }
    expect(verdicts).toEqual([LATE, LATE, LATE, NEXT]);
    expect(sent(line)).toEqual({ packet: 504, time: 504 });
    expect(stream.place(line, 5)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 505, time: 505 });
  });

  test("another partner goes on by one number and one frame", () => {
    const { line } = filled(3);
    new Stream(SUPERVISOR, 8, 0, 0).place(line, 0);
    expect(sent(line)).toEqual({ packet: 4, time: 4 });
  });
});

describe("telephone-events", () => {
  test("keep the one timestamp of their event, and audio follows at its own", () => {
    const line = new Timeline(0, 0);
    const stream = new Stream();
    stream.place(line, 0);
    const at: number[][] = [];
    for (let i = 1; i <= 3; i++) {
      expect(line.placeEvent(AGENT, 7, stream.sequence + i, stream.timestamp + FRAME)).toBe(NEXT);
      at.push([line.sequence, line.timestamp]);
    }
    expect(at).toEqual([
      [1, FRAME],
      [2, FRAME],
      [3, FRAME],
    ]);
    expect(stream.place(line, 4)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 4, time: 4 });
    expect(line.missed).toBe(3 * FRAME);
  });

  test("that are left out leave no gap, in numbers or in time", () => {
    const line = new Timeline(0, 0);
    const stream = new Stream();
    stream.place(line, 0);
    for (let i = 1; i <= 3; i++) line.leaveOut();
    expect(stream.place(line, 4)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 1, time: 1 });
    expect(stream.place(line, 5)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 2, time: 2 });
  });

  test("that are left out while the tick fills in leave no gap at all", () => {
    const line = new Timeline(0, 0);
    const stream = new Stream();
    stream.place(line, 0);
    for (let i = 1; i <= 3; i++) {
      line.leaveOut();
      line.fill(FRAME);
    }
    expect(stream.place(line, 4)).toBe(NEXT);
    expect(sent(line)).toEqual({ packet: 4, time: 4 });
    expect(line.missed).toBe(0);
  });

  test("keep their timestamp also where the tick fills in between them", () => {
    const line = new Timeline(0, 0);
    const stream = new Stream();
    stream.place(line, 0);
    line.placeEvent(AGENT, 7, stream.sequence + 1, stream.timestamp + FRAME);
    const begun = line.timestamp;
    line.fill(FRAME);
    line.fill(FRAME);
    expect(line.placeEvent(AGENT, 7, stream.sequence + 2, stream.timestamp + FRAME)).toBe(NEXT);
    expect([line.sequence, line.timestamp]).toEqual([4, begun]);
  });
});

test("whatever comes, no slot is sent twice and the newest number never falls back", () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant("audio" as const),
      speaker: fc.integer({ min: 0, max: 1 }),
      lead: fc.integer({ min: -5, max: 5 }),
    }),
    fc.record({ type: fc.constant("event" as const), speaker: fc.integer({ min: 0, max: 1 }) }),
    fc.record({ type: fc.constant("fill" as const) }),
    fc.record({ type: fc.constant("leave-out" as const) }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...BOUNDARIES),
      fc.constantFrom(...TIMESTAMPS),
      fc.array(step, { maxLength: 120 }),
      (sequence, timestamp, steps) => {
        const line = new Timeline(sequence, timestamp);
        const used = new Set<number>();
        const heads = [10, 30_000];
        let newest = (sequence - 1) & 0xffff;
        const use = (placement: number) => {
          if (placement === LATE) return;
          expect(used.has(line.sequence)).toBe(false);
          used.add(line.sequence);
          const ahead = ((line.sequence - newest) << 16) >> 16;
          expect(ahead > 0).toBe(placement === NEXT);
          if (placement === NEXT) newest = line.sequence;
        };
        for (const one of steps) {
          if (one.type === "leave-out") {
            line.leaveOut();
          } else if (one.type === "fill") {
            line.fill(FRAME);
            use(NEXT);
          } else {
            const head = (heads[one.speaker] ?? 0) + 1;
            heads[one.speaker] = head;
            const at = head + (one.type === "audio" ? one.lead : 0);
            use(
              one.type === "audio"
                ? line.placeAudio(one.speaker, one.speaker, at & 0xffff, at * FRAME, FRAME)
                : line.placeEvent(one.speaker, one.speaker, at & 0xffff, at * FRAME),
            );
          }
        }
      },
    ),
  );
});

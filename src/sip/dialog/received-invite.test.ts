import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arcTable } from "../../../test/support/arc-table.ts";
import { DEFAULT_TIMERS } from "../transaction/timers.ts";
import {
  RECEIVED_INVITE,
  type ReceivedInviteEffect,
  type ReceivedInviteEvent,
  type ReceivedInvitePhase,
  step,
} from "./received-invite.ts";

const TABLE = arcTable<ReceivedInvitePhase, never>(`
  proceeding | respond 180       | proceeding | answer 180                                             | a provisional answer MAY come any number of times
  proceeding | respond 200       | accepted   | answer 200, start retransmit 500, start give-up 32000  | a 2xx MUST be sent again until the ACK
  proceeding | respond 486       | refused    | answer 486, ended local rejected                       | a final refusal MUST end it
  proceeding | hang-up 480       | refused    | answer 480, ended local rejected                       | hanging up before the answer MUST be a final answer
  proceeding | cancel            | refused    | answer 487, ended remote cancel                        | a CANCEL MUST make the answer 487
  proceeding | bye               | refused    | answer 487, ended remote bye                           | a BYE in the early dialog MUST make the answer 487
  proceeding | unreachable       | refused    | answer 500, ended remote failure                       | a caller out of reach MUST NOT keep the session alive
  accepted   | timer retransmit  | accepted   | repeat, start retransmit 1000                          | the 2xx MUST be repeated at doubling intervals
  accepted   | ack               | confirmed  | stop, acknowledged                                     | the ACK MUST stop the retransmission
  accepted   | timer give-up     | over       | stop, bye, ended local no-ack                          | without ACK a BYE MUST be sent after 64*T1
  accepted   | bye               | over       | stop, ended remote bye                                 | the caller's BYE MAY come before its ACK
  accepted   | hang-up 480       | closing    |                                                        | the callee MUST NOT send a BYE before the ACK
  closing    | timer retransmit  | closing    | repeat, start retransmit 1000                          | the 2xx MUST be repeated all the same
  closing    | ack               | over       | stop, bye, ended local bye                             | the BYE MAY follow the ACK
  closing    | timer give-up     | over       | stop, bye, ended local bye                             | the BYE MAY follow the timeout
  closing    | bye               | over       | stop, ended remote bye                                 | the peer's BYE makes ours needless
  confirmed  | hang-up 480       | over       | bye, ended local bye                                   | hanging up MUST be a BYE
  confirmed  | bye               | over       | stop, ended remote bye                                 | a BYE MUST end it
`);

const EVENTS = [
  ...["respond 180", "respond 200", "respond 486", "hang-up 480", "cancel", "bye", "ack", "unreachable"],
  ...["timer retransmit", "timer give-up"],
];
const PHASES = ["proceeding", "accepted", "closing", "confirmed", "refused", "over"] as const;

const absent = PHASES.flatMap((from) =>
  EVENTS.filter((words) => !TABLE.some((arc) => arc.from === from && arc.words === words)).map(
    (words): [ReceivedInvitePhase, string] => [from, words],
  ),
);

function eventOf(words: string): ReceivedInviteEvent {
  const [type = "", argument] = words.split(" ");
  if (type === "timer") return { type, timer: argument === "retransmit" ? argument : "give-up" };
  return (argument === undefined ? { type } : { type, status: Number(argument) }) as ReceivedInviteEvent;
}

function inWords(effect: ReceivedInviteEffect): string {
  switch (effect.type) {
    case "answer":
      return `answer ${effect.status}`;
    case "start-timer":
      return `start ${effect.timer} ${effect.ms}`;
    case "stop-timers":
      return "stop";
    case "ended":
      return `ended ${effect.by} ${effect.cause}`;
    case "repeat":
    case "bye":
    case "acknowledged":
      return effect.type;
  }
}

describe("an INVITE that we answer (RFC 3261 §13.3)", () => {
  test.each(TABLE)("in $from on $words: $rule", ({ from, words, next, effects }) => {
    const result = step({ phase: from, intervalMs: 500 }, eventOf(words), DEFAULT_TIMERS);
    expect(result.state.phase).toBe(next);
    expect(result.effects.map(inWords).join(", ")).toBe(effects);
  });

  test.each(absent)("in %s a %s changes nothing", (phase, words) => {
    const state = { phase, intervalMs: 500 };
    expect(step(state, eventOf(words), DEFAULT_TIMERS)).toEqual({ state, effects: [] });
  });

  test("the waits between the copies of the 2xx double up to T2", () => {
    let { state } = step(RECEIVED_INVITE, { type: "respond", status: 200 }, DEFAULT_TIMERS);
    const waits = Array.from({ length: 6 }, () => {
      state = step(state, { type: "timer", timer: "retransmit" }, DEFAULT_TIMERS).state;
      return state.intervalMs;
    });
    expect(waits).toEqual([1000, 2000, 4000, 4000, 4000, 4000]);
  });

  test("whatever happens, there is one final answer at most, one end at most, and no BYE before a 2xx", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
        let state = RECEIVED_INVITE;
        const effects = events.flatMap((words) => {
          const next = step(state, eventOf(words), DEFAULT_TIMERS);
          state = next.state;
          return next.effects.map(inWords);
        });
        const finals = effects.filter((words) => /^answer [2-6]/.test(words));
        expect(finals.length).toBeLessThanOrEqual(1);
        expect(effects.filter((words) => words.startsWith("ended")).length).toBeLessThanOrEqual(1);
        if (effects.includes("bye")) expect(finals).toEqual(["answer 200"]);
      }),
    );
  });
});

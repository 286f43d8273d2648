import { describe, expect, test } from "vitest";
import { absentArcs, arcTable, eventOf, inWords } from "../../../test/support/arc-table.ts";
import { type InviteServerState, stepInviteServer } from "./invite-server.ts";
import type { ServerEvent } from "./machine.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const unreliable = { reliable: false, timers: DEFAULT_TIMERS };
const reliable = { reliable: true, timers: DEFAULT_TIMERS };

// RFC 3261 figure 7 as amended by RFC 6026 figure 5, every arc.
const FIGURE = arcTable<InviteServerState, ServerEvent>(`
  initial    | request         | proceeding | send-trying, to-user request               | a 100 MUST be sent within 200 ms and the INVITE passed up
  proceeding | request         | proceeding | resend-response                            | a retransmitted INVITE MUST get the latest provisional response
  proceeding | respond 101     | proceeding | send-response                              | a 1xx of the user MUST be sent
  proceeding | respond 200     | accepted   | send-response, start L 32000               | a 2xx of the user MUST be sent and start Timer L
  proceeding | respond 300     | completed  | send-response, start G 500, start H 32000  | a 300-699 MUST be sent, Timers G and H started
  proceeding | respond 699     | completed  | send-response, start G 500, start H 32000  | a 300-699 MUST be sent, Timers G and H started
  proceeding | transport-error | proceeding | to-user transport-error                    | a transport error MUST be told to the user and MUST NOT end it
  completed  | request         | completed  | resend-response                            | a retransmitted INVITE MUST get the final response again
  completed  | timer G 500     | completed  | resend-response, start G 1000              | Timer G MUST retransmit the response and double
  completed  | timer G 4000    | completed  | resend-response, start G 4000              | Timer G MUST NOT grow beyond T2
  completed  | timer H 32000   | terminated | to-user timeout                            | Timer H MUST end it and tell the user that no ACK came
  completed  | transport-error | completed  | to-user transport-error                    | a transport error MUST be told to the user and MUST NOT end it
  completed  | ack             | confirmed  | stop G, stop H, start I 5000               | the ACK MUST stop retransmission, Timer I be T4
  confirmed  | timer I 5000    | terminated |                                            | Timer I MUST end it
  accepted   | respond 200     | accepted   | send-response                              | every further 2xx of the user MUST be sent
  accepted   | ack             | accepted   | to-user ack                                | an ACK MUST be passed up
  accepted   | transport-error | accepted   | to-user transport-error                    | a transport error MUST be told to the user and MUST NOT end it
  accepted   | timer L 32000   | terminated |                                            | Timer L MUST end it
`);

const STATES = ["initial", "proceeding", "completed", "confirmed", "accepted", "terminated"] as const;
const EVENTS = [
  "request",
  "ack",
  "transport-error",
  ...["respond 180", "respond 200", "respond 486"],
  ...["timer G 500", "timer H 32000", "timer I 5000", "timer L 32000"],
];

describe("INVITE server transaction, unreliable transport", () => {
  test.each(FIGURE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepInviteServer(from, event, unreliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });

  test.each(absentArcs(FIGURE, STATES, EVENTS))("in %s on %s it MUST do nothing", (state, words) => {
    expect(stepInviteServer(state, eventOf(words), unreliable)).toEqual({ state, effects: [] });
  });
});

// Only what differs from the figure above.
const RELIABLE = arcTable<InviteServerState, ServerEvent>(`
  proceeding | respond 486 | completed | send-response, start H 32000 | Timer G MUST NOT be started, Timer H MUST
  completed  | ack         | confirmed | stop G, stop H, start I 0    | Timer I MUST be 0 s
  proceeding | respond 200 | accepted  | send-response, start L 32000 | Timer L MUST be 64*T1 all the same
`);

describe("INVITE server transaction, reliable transport", () => {
  test.each(RELIABLE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepInviteServer(from, event, reliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });
});

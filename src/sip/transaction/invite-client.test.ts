import { describe, expect, test } from "vitest";
import { absentArcs, arcTable, eventOf, inWords } from "../../../test/support/arc-table.ts";
import { type InviteClientState, stepInviteClient } from "./invite-client.ts";
import type { ClientEvent } from "./machine.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const unreliable = { reliable: false, timers: DEFAULT_TIMERS };
const reliable = { reliable: true, timers: DEFAULT_TIMERS };

// RFC 3261 figure 5 as amended by RFC 6026 figure 4, every arc.
const FIGURE = arcTable<InviteClientState, ClientEvent>(`
  initial    | start           | calling    | send-request, start A 500, start B 32000                | the INVITE MUST be sent, Timers A and B started
  calling    | timer A 500     | calling    | send-request, start A 1000                              | Timer A MUST retransmit the INVITE and double
  calling    | timer A 4000    | calling    | send-request, start A 8000                              | Timer A MUST go on doubling beyond T2
  calling    | timer B 32000   | terminated | to-user timeout                                         | Timer B MUST end it and be told to the user
  calling    | transport-error | terminated | to-user transport-error                                 | a transport error MUST end it and be told to the user
  calling    | response 100    | proceeding | stop A, stop B, to-user response                        | a 1xx MUST be passed up and stop retransmission
  calling    | response 200    | accepted   | stop A, stop B, start M 32000, to-user response         | a 2xx MUST be passed up and start Timer M
  calling    | response 300    | completed  | stop A, stop B, send-ack, start D 32000, to-user response | a 300-699 MUST be acknowledged and passed up, Timer D be 32 s at least
  proceeding | response 199    | proceeding | to-user response                                        | every further 1xx MUST be passed up
  proceeding | response 299    | accepted   | stop cancel, start M 32000, to-user response            | a 2xx MUST be passed up and start Timer M
  proceeding | response 699    | completed  | stop cancel, send-ack, start D 32000, to-user response  | a 300-699 MUST be acknowledged and passed up
  proceeding | cancel          | proceeding | start cancel 32000                                      | a CANCEL MUST limit the wait for a final response to 64*T1
  proceeding | timer cancel 32000 | terminated | to-user timeout                                      | without a final response after CANCEL it MUST end
  completed  | response 486    | completed  | send-ack                                                | a retransmitted 300-699 MUST be acknowledged and MUST NOT be passed up
  completed  | transport-error | terminated | to-user transport-error                                 | a transport error on the ACK MUST end it and be told
  completed  | timer D 32000   | terminated |                                                         | Timer D MUST end it
  accepted   | response 200    | accepted   | to-user response                                        | every further 2xx MUST be passed up
  accepted   | timer M 32000   | terminated |                                                         | Timer M MUST end it
`);

const STATES = ["initial", "calling", "proceeding", "completed", "accepted", "terminated"] as const;
const EVENTS = [
  "start",
  "cancel",
  "transport-error",
  ...["response 180", "response 200", "response 486"],
  ...["timer A 500", "timer B 32000", "timer D 32000", "timer M 32000", "timer cancel 32000"],
];

describe("INVITE client transaction, unreliable transport", () => {
  test.each(FIGURE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepInviteClient(from, event, unreliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });

  test.each(absentArcs(FIGURE, STATES, EVENTS))("in %s on %s it MUST do nothing", (state, words) => {
    expect(stepInviteClient(state, eventOf(words), unreliable)).toEqual({ state, effects: [] });
  });
});

// Only what differs from the figure above.
const RELIABLE = arcTable<InviteClientState, ClientEvent>(`
  initial    | start        | calling   | send-request, start B 32000                               | Timer A SHOULD NOT be started
  calling    | response 486 | completed | stop A, stop B, send-ack, start D 0, to-user response     | Timer D MUST be 0 s
  proceeding | response 486 | completed | stop cancel, send-ack, start D 0, to-user response        | Timer D MUST be 0 s
  proceeding | response 200 | accepted  | stop cancel, start M 32000, to-user response              | Timer M MUST be 64*T1 all the same
`);

describe("INVITE client transaction, reliable transport", () => {
  test.each(RELIABLE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepInviteClient(from, event, reliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });
});

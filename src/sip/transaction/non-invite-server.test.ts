import { describe, expect, test } from "vitest";
import { absentArcs, arcTable, eventOf, inWords } from "../../../test/support/arc-table.ts";
import type { ServerEvent } from "./machine.ts";
import { type NonInviteServerState, stepNonInviteServer } from "./non-invite-server.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const unreliable = { reliable: false, timers: DEFAULT_TIMERS };
const reliable = { reliable: true, timers: DEFAULT_TIMERS };

// RFC 3261 figure 8, every arc.
const FIGURE = arcTable<NonInviteServerState, ServerEvent>(`
  initial    | request         | trying     | to-user request              | the request MUST be passed up
  trying     | respond 100     | proceeding | send-response                | a 1xx of the user MUST be sent
  trying     | respond 200     | completed  | send-response, start J 32000 | a final response MUST be sent, Timer J be 64*T1
  trying     | respond 699     | completed  | send-response, start J 32000 | a final response MUST be sent, Timer J be 64*T1
  proceeding | request         | proceeding | resend-response              | a retransmitted request MUST get the latest provisional response
  proceeding | respond 199     | proceeding | send-response                | every further 1xx MUST be sent
  proceeding | respond 299     | completed  | send-response, start J 32000 | a final response MUST be sent
  proceeding | respond 300     | completed  | send-response, start J 32000 | a final response MUST be sent
  proceeding | transport-error | terminated | to-user transport-error      | a transport error MUST end it and be told to the user
  completed  | request         | completed  | resend-response              | a retransmitted request MUST get the final response again
  completed  | transport-error | terminated | to-user transport-error      | a transport error MUST end it and be told to the user
  completed  | timer J 32000   | terminated |                              | Timer J MUST end it
`);

const STATES = ["initial", "trying", "proceeding", "completed", "terminated"] as const;
const EVENTS = [
  "request",
  "ack",
  "transport-error",
  ...["respond 180", "respond 200", "respond 486"],
  "timer J 32000",
];

describe("non-INVITE server transaction, unreliable transport", () => {
  test.each(FIGURE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepNonInviteServer(from, event, unreliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });

  test.each(absentArcs(FIGURE, STATES, EVENTS))("in %s on %s it MUST do nothing", (state, words) => {
    expect(stepNonInviteServer(state, eventOf(words), unreliable)).toEqual({ state, effects: [] });
  });
});

// Only what differs from the figure above.
const RELIABLE = arcTable<NonInviteServerState, ServerEvent>(`
  trying     | respond 200 | completed | send-response, start J 0 | Timer J MUST be 0 s
  proceeding | respond 486 | completed | send-response, start J 0 | Timer J MUST be 0 s
`);

describe("non-INVITE server transaction, reliable transport", () => {
  test.each(RELIABLE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepNonInviteServer(from, event, reliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });
});

import { describe, expect, test } from "vitest";
import { absentArcs, arcTable, eventOf, inWords } from "../../../test/support/arc-table.ts";
import type { ClientEvent } from "./machine.ts";
import { type NonInviteClientState, stepNonInviteClient } from "./non-invite-client.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const unreliable = { reliable: false, timers: DEFAULT_TIMERS };
const reliable = { reliable: true, timers: DEFAULT_TIMERS };

// RFC 3261 figure 6, every arc.
const FIGURE = arcTable<NonInviteClientState, ClientEvent>(`
  initial    | start           | trying     | send-request, start E 500, start F 32000    | the request MUST be sent, Timers E and F started
  trying     | timer E 500     | trying     | send-request, start E 1000                  | Timer E MUST retransmit the request and double
  trying     | timer E 4000    | trying     | send-request, start E 4000                  | Timer E MUST NOT grow beyond T2
  trying     | timer F 32000   | terminated | to-user timeout                             | Timer F MUST end it and be told to the user
  trying     | transport-error | terminated | to-user transport-error                     | a transport error MUST end it and be told to the user
  trying     | response 100    | proceeding | to-user response                            | a 1xx MUST be passed up
  trying     | response 200    | completed  | stop E, stop F, start K 5000, to-user response | a final response MUST be passed up, Timer K be T4
  trying     | response 699    | completed  | stop E, stop F, start K 5000, to-user response | a final response MUST be passed up, Timer K be T4
  proceeding | timer E 500     | proceeding | send-request, start E 4000                  | Timer E MUST be T2 from the first 1xx on
  proceeding | timer F 32000   | terminated | to-user timeout                             | Timer F MUST end it and be told to the user
  proceeding | transport-error | terminated | to-user transport-error                     | a transport error MUST end it and be told to the user
  proceeding | response 199    | proceeding | to-user response                            | every further 1xx MUST be passed up
  proceeding | response 299    | completed  | stop E, stop F, start K 5000, to-user response | a final response MUST be passed up
  proceeding | response 401    | completed  | stop E, stop F, start K 5000, to-user response | a final response MUST be passed up
  completed  | timer K 5000    | terminated |                                             | Timer K MUST end it
`);

const STATES = ["initial", "trying", "proceeding", "completed", "terminated"] as const;
const EVENTS = [
  "start",
  "cancel",
  "transport-error",
  ...["response 180", "response 200", "response 486"],
  ...["timer E 500", "timer F 32000", "timer K 5000"],
];

describe("non-INVITE client transaction, unreliable transport", () => {
  test.each(FIGURE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepNonInviteClient(from, event, unreliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });

  test.each(absentArcs(FIGURE, STATES, EVENTS))("in %s on %s it MUST do nothing", (state, words) => {
    expect(stepNonInviteClient(state, eventOf(words), unreliable)).toEqual({ state, effects: [] });
  });
});

// Only what differs from the figure above.
const RELIABLE = arcTable<NonInviteClientState, ClientEvent>(`
  initial    | start        | trying    | send-request, start F 32000                 | Timer E MUST NOT be started
  trying     | response 200 | completed | stop E, stop F, start K 0, to-user response | Timer K MUST be 0 s
  proceeding | response 486 | completed | stop E, stop F, start K 0, to-user response | Timer K MUST be 0 s
`);

describe("non-INVITE client transaction, reliable transport", () => {
  test.each(RELIABLE)("in $from on $words: $rule", ({ from, event, next, effects }) => {
    const step = stepNonInviteClient(from, event, reliable);
    expect(step.state).toBe(next);
    expect(inWords(step.effects)).toBe(effects);
  });
});

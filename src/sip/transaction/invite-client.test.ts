import { describe, expect, test } from "vitest";
import { type InviteClientState, stepInviteClient } from "./invite-client.ts";
import type { ClientEffect, ClientEvent } from "./machine.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const udp = { reliable: false, timers: DEFAULT_TIMERS };
const tcp = { reliable: true, timers: DEFAULT_TIMERS };

const START: ClientEvent = { type: "start" };
const CANCEL: ClientEvent = { type: "cancel" };
const BROKEN: ClientEvent = { type: "transport-error" };
const response = (status: number): ClientEvent => ({ type: "response", status });
const fires = (timer: "A" | "B" | "D" | "M" | "cancel", ms: number): ClientEvent => ({
  type: "timer",
  timer,
  ms,
});

/** One word per effect: "send-request", "start A 500", "stop A", "to-user response". */
function inWords(effect: ClientEffect): string {
  if (effect.type === "start-timer") return `start ${effect.timer} ${effect.ms}`;
  if (effect.type === "cancel-timer") return `stop ${effect.timer}`;
  if (effect.type === "to-user") return `to-user ${effect.what}`;
  return effect.type;
}

type Row = [rule: string, from: InviteClientState, event: ClientEvent, next: InviteClientState, does: string];

// RFC 3261 figure 5 as RFC 6026 figure 4 amends it, arc by arc.
const ARCS: Row[] = [
  ["the INVITE MUST be sent, Timers A and B started", "initial", START, "calling", "send-request, start A 500, start B 32000"],
  ["Timer A MUST retransmit the INVITE and double", "calling", fires("A", 500), "calling", "send-request, start A 1000"],
  ["Timer A MUST go on doubling past T2", "calling", fires("A", 4000), "calling", "send-request, start A 8000"],
  ["Timer B MUST end it and tell the user of the timeout", "calling", fires("B", 32000), "terminated", "to-user timeout"],
  ["a transport error MUST end it and be told to the user", "calling", BROKEN, "terminated", "to-user transport-error"],
  ["a 1xx MUST be passed up and stop retransmission", "calling", response(100), "proceeding", "stop A, stop B, to-user response"],
  ["a 2xx MUST be passed up and lead to Accepted with Timer M", "calling", response(200), "accepted", "stop A, stop B, start M 32000, to-user response"],
  ["a 300-699 MUST be acknowledged and passed up, with Timer D of at least 32 s", "calling", response(300), "completed", "stop A, stop B, send-ack, start D 32000, to-user response"],
  ["further 1xx MUST be passed up", "proceeding", response(183), "proceeding", "to-user response"],
  ["a 2xx MUST be passed up and lead to Accepted", "proceeding", response(299), "accepted", "stop cancel, start M 32000, to-user response"],
  ["a 300-699 MUST be acknowledged and passed up", "proceeding", response(699), "completed", "stop cancel, send-ack, start D 32000, to-user response"],
  ["without a final response 64*T1 after CANCEL it SHOULD end", "proceeding", CANCEL, "proceeding", "start cancel 32000"],
  ["the wait after CANCEL MUST end it and tell the user", "proceeding", fires("cancel", 32000), "terminated", "to-user timeout"],
  ["a retransmitted 300-699 MUST be acknowledged again and MUST NOT be passed up", "completed", response(486), "completed", "send-ack"],
  ["a transport error on the ACK MUST end it and be told", "completed", BROKEN, "terminated", "to-user transport-error"],
  ["Timer D MUST end it", "completed", fires("D", 32000), "terminated", ""],
  ["every further 2xx MUST be passed up", "accepted", response(200), "accepted", "to-user response"],
  ["Timer M MUST end it", "accepted", fires("M", 32000), "terminated", ""],
];

const SILENT: Row[] = [
  ["a transport error where nothing is sent MUST change nothing", "proceeding", BROKEN, "proceeding", ""],
  ["a transport error where nothing is sent MUST change nothing", "accepted", BROKEN, "accepted", ""],
  ["a late 1xx MUST NOT be passed up", "completed", response(180), "completed", ""],
  ["a 2xx after another final response MUST NOT be passed up", "completed", response(200), "completed", ""],
  ["a 1xx after a 2xx MUST NOT be passed up", "accepted", response(180), "accepted", ""],
  ["a 300-699 after a 2xx MUST NOT be passed up", "accepted", response(486), "accepted", ""],
  ["Timer A MUST NOT retransmit after a response", "proceeding", fires("A", 500), "proceeding", ""],
  ["Timer B MUST NOT end what was answered", "proceeding", fires("B", 32000), "proceeding", ""],
  ["a CANCEL before any provisional response MUST start no wait", "calling", CANCEL, "calling", ""],
  ["nothing MUST begin twice", "calling", START, "calling", ""],
  ["nothing comes before the start", "initial", response(200), "initial", ""],
  ["nothing happens after the end", "terminated", response(200), "terminated", ""],
];

describe("INVITE client transaction over an unreliable transport", () => {
  test.each([...ARCS, ...SILENT])("%s (in %s)", (_rule, from, event, next, does) => {
    const step = stepInviteClient(from, event, udp);
    expect(step.state).toBe(next);
    expect(step.effects.map(inWords).join(", ")).toBe(does);
  });
});

describe("INVITE client transaction over a reliable transport", () => {
  test.each<Row>([
    ["Timer A SHOULD NOT be started, Timer B MUST", "initial", START, "calling", "send-request, start B 32000"],
    ["Timer D MUST be 0 s", "proceeding", response(404), "completed", "stop cancel, send-ack, start D 0, to-user response"],
    ["Timer M MUST be 64*T1 all the same", "proceeding", response(200), "accepted", "stop cancel, start M 32000, to-user response"],
  ])("%s (in %s)", (_rule, from, event, next, does) => {
    const step = stepInviteClient(from, event, tcp);
    expect(step.state).toBe(next);
    expect(step.effects.map(inWords).join(", ")).toBe(does);
  });
});

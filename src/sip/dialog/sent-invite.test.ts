import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  SENT_INVITE,
  type SentInvite,
  type SentInviteEffect,
  type SentInviteEvent,
  step,
} from "./sent-invite.ts";

/** "accepted a": the 2xx of the fork with the tag a. */
function eventOf(words: string): SentInviteEvent {
  const [type = "", argument = ""] = words.split(" ");
  if (type === "accepted") return { type, tag: argument };
  return (type === "rejected" ? { type, cause: argument } : { type }) as SentInviteEvent;
}

function inWords(effect: SentInviteEffect): string {
  if (effect.type === "ended") return `ended ${effect.by} ${effect.cause}`;
  return "tag" in effect ? `${effect.type} ${effect.tag}` : effect.type;
}

function run(events: readonly string[]): { state: SentInvite; effects: string[] } {
  let state = SENT_INVITE;
  const effects = events.flatMap((words) => {
    const next = step(state, eventOf(words));
    state = next.state;
    return next.effects.map(inWords);
  });
  return { state, effects };
}

describe("an INVITE that we send (RFC 3261 §13.2)", () => {
  test.each([
    ["answered and acknowledged", "progress, accepted a, acknowledge", "progress, accepted, ack a"],
    ["its 2xx again before our ACK", "accepted a, accepted a", "accepted"],
    [
      "its 2xx again after our ACK: the same ACK again",
      "accepted a, acknowledge, accepted a",
      "accepted, ack a, repeat-ack a",
    ],
    [
      "another fork's 2xx: ACK and BYE, once",
      "accepted a, accepted b, accepted b",
      "accepted, ack b, bye b, repeat-ack b",
    ],
    [
      "another fork's 2xx after the end",
      "accepted a, acknowledge, hang-up, accepted b",
      "accepted, ack a, bye a, ended local bye, ack b, bye b",
    ],
    ["refused", "progress, rejected rejected", "progress, rejected, ended remote rejected"],
    ["never answered", "rejected failure", "rejected, ended remote failure"],
    [
      "hung up while ringing",
      "progress, hang-up, rejected rejected",
      "progress, cancel, rejected, ended local cancel",
    ],
    [
      "hung up before any answer: the CANCEL waits (§9.1)",
      "hang-up, progress, rejected rejected",
      "cancel, rejected, ended local cancel",
    ],
    [
      "hung up and never answered: no CANCEL at all",
      "hang-up, rejected failure",
      "rejected, ended local cancel",
    ],
    ["hung up twice: one CANCEL", "progress, hang-up, hang-up, progress", "progress, cancel"],
    [
      "a 2xx that crosses the CANCEL: ACK and BYE",
      "progress, hang-up, accepted a, accepted a",
      "progress, cancel, ack a, bye a, ended local cancel, repeat-ack a",
    ],
    ["a 2xx before the waiting CANCEL went out", "hang-up, accepted a", "ack a, bye a, ended local cancel"],
    [
      "hung up before our ACK: ACK, then BYE",
      "accepted a, hang-up",
      "accepted, ack a, bye a, ended local bye",
    ],
    [
      "hung up in the call",
      "accepted a, acknowledge, hang-up, hang-up",
      "accepted, ack a, bye a, ended local bye",
    ],
    [
      "the peer hangs up in the call",
      "accepted a, acknowledge, bye, bye",
      "accepted, ack a, ended remote bye",
    ],
    ["the peer hangs up before our ACK", "accepted a, bye", "accepted, ack a, ended remote bye"],
    [
      "a BYE before any 2xx: the INVITE is cancelled",
      "progress, bye, rejected rejected",
      "progress, cancel, rejected, ended local cancel",
    ],
    ["acknowledged with nothing to acknowledge", "acknowledge, progress, acknowledge", "progress"],
    ["a refusal after the 2xx means nothing", "accepted a, rejected rejected", "accepted"],
  ])("%s", (_, events, effects) => {
    expect(run(events.split(", ")).effects.join(", ")).toBe(effects);
  });

  test("whatever happens: one winner, one end, no CANCEL unheard, every 2xx but the winner's acknowledged and hung up", () => {
    const event = fc.constantFrom(
      ...["progress", "accepted a", "accepted b", "accepted c", "rejected rejected"],
      ...["acknowledge", "hang-up", "bye"],
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { state, effects } = run(events);
        const count = (words: string) => effects.filter((one) => one === words).length;
        expect(count("accepted")).toBeLessThanOrEqual(1);
        expect(effects.filter((one) => one.startsWith("ended")).length).toBeLessThanOrEqual(1);
        expect(count("cancel")).toBeLessThanOrEqual(1);
        if (!events.includes("progress")) expect(count("cancel")).toBe(0);
        for (const tag of ["a", "b", "c"]) {
          expect(count(`ack ${tag}`)).toBeLessThanOrEqual(1);
          if (state.winner === tag || !events.includes(`accepted ${tag}`)) continue;
          // After a final refusal no 2xx can come any more: the transaction layer sees to it.
          if (!effects.includes("rejected"))
            expect([count(`ack ${tag}`), count(`bye ${tag}`)]).toEqual([1, 1]);
        }
      }),
    );
  });
});

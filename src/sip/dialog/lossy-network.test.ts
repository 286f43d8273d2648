import fc from "fast-check";
import { expect, test } from "vitest";
import { AgentNetwork, callOptions, type LoopAgent, SDP, storyOf } from "../../../test/support/agent-pair.ts";

/** What a user may do at any moment, whether or not it makes sense there. */
const ACTIONS = [
  "ring",
  "answer",
  "refuse",
  "caller ends",
  "callee ends",
  "caller asks",
  "callee asks",
] as const;
const act = fc.record({
  action: fc.constantFrom(...ACTIONS),
  waitMs: fc.constantFrom(0, 1, 300, 5000, 40_000),
});
/** One letter a message: passed, dropped or doubled; the pattern repeats. */
const fate = fc.array(fc.constantFrom("pass", "pass", "drop", "double"), { minLength: 1, maxLength: 12 });

function spoil({ transport }: LoopAgent, fates: readonly string[]): void {
  let count = 0;
  let current = "pass";
  transport.faults.drop = () => {
    current = fates[count++ % fates.length] ?? "pass";
    return current === "drop";
  };
  transport.faults.duplicate = () => current === "double";
}

test("whatever is lost or doubled and whatever users do, each side ends once and nothing is left", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 8 }), fate, fate, (acts, ofAlice, ofBob) => {
      const net = new AgentNetwork();
      spoil(net.alice, ofAlice);
      spoil(net.bob, ofBob);
      const sent = net.alice.agent.invite(callOptions(net.bob.transport, { body: SDP }));
      const stories = [storyOf(sent)];
      sent.events.on("accepted", () => sent.acknowledge());
      sent.events.on("request", ({ respond }) => respond(200));
      net.bob.agent.events.on("invite", (session) => {
        stories.push(storyOf(session));
        session.events.on("request", ({ respond }) => respond(200));
      });
      let asked = 0;
      for (const { action, waitMs } of acts) {
        const received = net.bob.received[0];
        if (action === "ring") received?.respond(180);
        if (action === "answer") received?.respond(200, { body: SDP });
        if (action === "refuse") received?.respond(486);
        if (action === "caller ends") sent.end();
        if (action === "callee ends") received?.end();
        const asker = action === "caller asks" ? sent : action === "callee asks" ? received : undefined;
        if (asker !== undefined) {
          asked += 1;
          asker.request("INVITE", { body: SDP }, () => {
            asked -= 1;
          });
        }
        net.clock.advance(waitMs);
      }
      // Twice, because the INVITE may arrive only after its sender has given up.
      for (let i = 0; i < 2; i++) {
        for (const session of [sent, ...net.bob.received]) session.end();
        net.clock.advance(200_000);
      }
      expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
      expect(asked).toBe(0);
      for (const story of stories) expect(story.filter((line) => line.startsWith("ended"))).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  AgentNetwork,
  callOptions,
  type LoopAgent,
  requestsOf,
  SDP,
  storyOf,
} from "../../../test/support/agent-pair.ts";
import { header, type SipMessage } from "../message/message.ts";
import type { Session } from "./types.ts";

let net: AgentNetwork;
let alice: LoopAgent;
let bob: LoopAgent;

beforeEach(() => {
  net = new AgentNetwork();
  ({ alice, bob } = net);
});

afterEach(() => {
  expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
});

const isStatus = (status: number) => (message: SipMessage) =>
  message.type === "response" && message.status === status;
const isMethod = (method: string) => (message: SipMessage) =>
  message.type === "request" && message.method === method;

function hangUp(session: Session): void {
  session.end();
  net.settle();
}

describe("a call", () => {
  test("rings, is answered, acknowledged and hung up by the caller", () => {
    const [sent, received] = net.ring();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    received.respond(180);
    net.settle();
    expect([sent.state, received.state, sent.remoteTag]).toEqual(["early", "early", received.localTag]);
    received.respond(200, { body: SDP });
    net.settle();
    sent.acknowledge();
    net.settle();
    hangUp(sent);
    expect(atAlice).toEqual(["progress 180", "accepted 200", "ended local bye"]);
    expect(atBob).toEqual(["acknowledged", "ended remote bye"]);
    expect(alice.transport.log).toEqual(["INVITE", "ACK", "BYE"]);
    expect(bob.transport.log).toEqual(["100", "180", "200", "200"]);
  });

  test("is hung up by the callee, whose requests swap the addresses", () => {
    const [sent, received] = net.talk();
    const atAlice = storyOf(sent);
    received.end({ reason: "Q.850;cause=16" });
    net.settle();
    expect(atAlice).toEqual(["ended remote bye Q.850;cause=16"]);
    const bye = requestsOf(bob, "BYE")[0];
    expect(bye?.headers.from.params.get("tag")).toBe(received.localTag);
    expect(bye?.headers.cseq.number).toBe(1);
  });

  test("tells in every message who speaks and what it can do", () => {
    const [sent, received] = net.ring();
    received.respond(200, { body: SDP });
    net.settle();
    sent.acknowledge();
    const invite = requestsOf(alice, "INVITE")[0] ?? expect.fail();
    const answer = bob.transport.sent.find(({ message }) => isStatus(200)(message))?.message ?? expect.fail();
    for (const message of [invite, answer]) {
      expect(header(message, "Allow")).toBe("INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO");
      expect(header(message, "Supported")).toBe("");
      expect(header(message, "Content-Type")).toBe("application/sdp");
      expect(message.headers.contact).toHaveLength(1);
    }
    expect([header(invite, "User-Agent"), header(answer, "Server")]).toEqual(["Floorwalker", "Floorwalker"]);
    expect(invite.headers.maxForwards).toBe(70);
    hangUp(sent);
  });

  test("is refused", () => {
    const [sent, received] = net.ring();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    received.respond(486, { reason: "On the other line" });
    net.settle();
    expect(atAlice).toEqual(["rejected 486", "ended remote rejected"]);
    expect(atBob).toEqual(["ended local rejected"]);
  });

  test("that nobody answers ends by Timer B", () => {
    bob.transport.faults.drop = () => true;
    alice.transport.faults.drop = () => true;
    const atAlice = storyOf(alice.agent.invite(callOptions(bob.transport)));
    net.clock.advance(32_000);
    expect(atAlice).toEqual(["rejected sip.timeout", "ended remote failure"]);
  });

  test("that cannot be sent ends at once", () => {
    alice.transport.faults.fail = isMethod("INVITE");
    const atAlice = storyOf(alice.agent.invite(callOptions(bob.transport)));
    net.settle();
    expect(atAlice).toEqual(["rejected sip.transport", "ended remote failure"]);
  });

  test("whose caller is out of reach ends before it is answered", () => {
    const [sent, received] = net.ring();
    const atBob = storyOf(received);
    bob.transport.faults.fail = isStatus(180);
    received.respond(180);
    net.settle();
    expect(atBob).toEqual(["ended remote failure"]);
    hangUp(sent);
    net.clock.advance(32_000);
  });

  test("that nobody listens for is answered 480", () => {
    bob.agent.events.clear();
    const atAlice = storyOf(alice.agent.invite(callOptions(bob.transport)));
    net.settle();
    expect(atAlice).toEqual(["rejected 480", "ended remote rejected"]);
  });

  test("with every message doubled happens once", () => {
    alice.transport.faults.duplicate = () => true;
    bob.transport.faults.duplicate = () => true;
    const [sent, received] = net.talk();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    hangUp(received);
    expect([atAlice, atBob]).toEqual([["ended remote bye"], ["ended local bye"]]);
    expect(bob.received).toHaveLength(1);
  });
});

describe("an answer whose ACK is lost (RFC 3261 §13.3.1.4)", () => {
  test("is sent again at doubling intervals, each time with the same ACK in return, until one gets through", () => {
    const [sent, received] = net.ring();
    const atBob = storyOf(received);
    sent.events.on("accepted", () => sent.acknowledge({ body: SDP }));
    alice.transport.faults.drop = isMethod("ACK");
    received.respond(200);
    net.clock.advance(3600);
    expect(bob.transport.log.filter((words) => words === "200")).toHaveLength(4);
    expect(atBob).toEqual([]);
    alice.transport.faults.drop = () => false;
    net.clock.advance(4000);
    expect(atBob).toEqual(["acknowledged"]);
    const bodies = requestsOf(alice, "ACK").map(({ body, headers }) => [body.length, headers.cseq.number]);
    expect(new Set(bodies.map(String))).toEqual(new Set([`${SDP.content.length},1`]));
    hangUp(sent);
  });

  test("leaves no timer behind once the ACK is there", () => {
    const [sent, received] = net.ring();
    received.respond(200);
    net.settle();
    const before = net.clock.pending;
    sent.acknowledge();
    net.settle();
    expect(net.clock.pending).toBe(before - 2);
    hangUp(sent);
  });

  test("is given up after 64*T1 with a BYE", () => {
    const [sent, received] = net.ring();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    received.respond(200);
    net.clock.advance(32_000);
    expect(atBob).toEqual(["ended local no-ack"]);
    net.settle();
    expect(atAlice).toEqual(["accepted 200", "ended remote bye"]);
    net.settle();
  });

  test("hung up meanwhile, sends its BYE only after the ACK", () => {
    const [sent, received] = net.ring();
    received.respond(200);
    net.settle();
    received.end({ reason: "SIP;cause=200" });
    net.settle();
    expect(bob.transport.log).not.toContain("BYE");
    sent.acknowledge();
    net.settle();
    expect(header(requestsOf(bob, "BYE")[0] ?? expect.fail(), "Reason")).toBe("SIP;cause=200");
    net.settle();
  });
});

describe("hanging up a call that is not yet answered", () => {
  test("cancels it, with the reason, and ends both sides", () => {
    const [sent, received] = net.ring();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    sent.end({ reason: 'SIP;cause=200;text="Call completed elsewhere"' });
    net.settle();
    expect(atAlice).toEqual(["rejected 487", "ended local cancel"]);
    expect(atBob).toEqual(['ended remote cancel SIP;cause=200;text="Call completed elsewhere"']);
    expect(bob.transport.log).toEqual(["100", "200", "487"]);
    const [toCancel, toInvite] = bob.transport.sent.slice(1).map(({ message }) => message.headers.to);
    expect(toCancel).toEqual(toInvite);
  });

  test("before any answer sends the CANCEL only after the first provisional one (§9.1)", () => {
    bob.transport.faults.drop = isStatus(100);
    const sent = alice.agent.invite(callOptions(bob.transport));
    sent.end();
    net.settle();
    expect(alice.transport.log).toEqual(["INVITE"]);
    bob.received[0]?.respond(180);
    net.settle();
    expect(alice.transport.log).toEqual(["INVITE", "CANCEL", "ACK"]);
  });

  test("while the answer is on its way: ACK, then BYE", () => {
    const [sent, received] = net.ring();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    received.respond(200);
    sent.end();
    net.settle();
    expect(atAlice).toEqual(["ended local cancel"]);
    expect(atBob).toEqual(["acknowledged", "ended remote bye"]);
    expect(alice.transport.log).toEqual(["INVITE", "CANCEL", "ACK", "BYE"]);
  });

  test("ends after 64*T1 where the CANCEL has no effect", () => {
    const [sent, received] = net.ring();
    const atAlice = storyOf(sent);
    bob.transport.faults.drop = () => true;
    sent.end();
    net.clock.advance(32_000);
    expect(atAlice).toEqual(["rejected sip.timeout", "ended local cancel"]);
    expect(received.state).toBe("ended");
  });

  test("as the callee is a final answer, 480 unless told otherwise", () => {
    const [sent, received] = net.ring();
    const atAlice = storyOf(sent);
    received.end({ status: 603 });
    net.settle();
    expect(atAlice).toEqual(["rejected 603", "ended remote rejected"]);
  });
});

describe("ends that cross", () => {
  test("two BYEs are both answered 200", () => {
    const [sent, received] = net.talk();
    const [atAlice, atBob] = [storyOf(sent), storyOf(received)];
    sent.end();
    received.end();
    net.settle();
    expect([atAlice, atBob]).toEqual([["ended local bye"], ["ended local bye"]]);
    expect(alice.transport.log.at(-1)).toBe("200");
    expect(bob.transport.log.at(-1)).toBe("200");
  });

  test("an end called twice, and after the end, says nothing more", () => {
    const [sent] = net.talk();
    sent.end();
    hangUp(sent);
    expect(requestsOf(alice, "BYE")).toHaveLength(1);
    sent.end();
    sent.acknowledge();
    expect(requestsOf(alice, "BYE")).toHaveLength(1);
  });

  test("a BYE that is never answered lets go of the session by Timer F", () => {
    const [sent, received] = net.talk();
    bob.transport.faults.drop = () => true;
    sent.end();
    net.clock.advance(31_000);
    expect([sent.state, alice.agent.sessions, received.state]).toEqual(["ended", 1, "ended"]);
    net.clock.advance(1_000);
  });
});

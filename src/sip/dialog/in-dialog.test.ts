import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentNetwork, type LoopAgent, requestsOf, SDP, storyOf } from "../../../test/support/agent-pair.ts";
import type { Failure } from "../../core/failure.ts";
import { header, type SipResponse } from "../message/message.ts";
import type { ReceivedRequest, Session } from "./types.ts";

let net: AgentNetwork;
let alice: LoopAgent;
let bob: LoopAgent;
let sent: Session;
let received: Session;

beforeEach(() => {
  net = new AgentNetwork();
  ({ alice, bob } = net);
  [sent, received] = net.talk();
});

afterEach(() => {
  sent.end();
  received.end();
  net.settle();
  expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
});

/** Sends a request and keeps what it was told. */
function ask(session: Session, method: string): (number | string)[] {
  const told: (number | string)[] = [];
  session.request(method, { body: SDP }, (answer: SipResponse | Failure) =>
    told.push("code" in answer ? answer.code : answer.status),
  );
  return told;
}

/** Keeps the requests that come in, unanswered. */
function hold(session: Session): ReceivedRequest[] {
  const held: ReceivedRequest[] = [];
  session.events.on("request", (one) => held.push(one));
  return held;
}

describe.each([
  ["the caller", () => [sent, received, bob] as const],
  ["the callee", () => [received, sent, alice] as const],
])("%s", (_, sides) => {
  test("sends an INFO, which the other answers", () => {
    const [from, to] = sides();
    to.events.on("request", ({ request, respond }) => respond(request.method === "INFO" ? 200 : 500));
    const told = ask(from, "INFO");
    net.settle();
    expect(told).toEqual([200]);
  });

  test("re-INVITEs, and the layer acknowledges the 2xx and moves both targets", () => {
    const [from, to, answerer] = sides();
    to.events.on("request", ({ respond }) => respond(200, { body: SDP }));
    const told = ask(from, "INVITE");
    net.settle();
    expect(told).toEqual([200]);
    const answer = answerer.transport.sent.findLast(({ message }) => message.type === "response")?.message;
    expect(answer?.headers.contact).toHaveLength(1);
    net.clock.advance(10_000);
    expect([from.state, to.state]).toEqual(["confirmed", "confirmed"]);
  });

  test("gets 501 where nobody listens", () => {
    const told = ask(sides()[0], "OPTIONS");
    net.settle();
    expect(told).toEqual([501]);
  });
});

describe("glare", () => {
  test("is resolved: both get 491, the owner of the Call-ID waits longer, both succeed (RFC 3261 §14.1)", () => {
    sent.events.on("request", ({ respond }) => respond(200));
    received.events.on("request", ({ respond }) => respond(200));
    const [ofAlice, ofBob] = [ask(sent, "INVITE"), ask(received, "INVITE")];
    net.settle();
    expect(alice.transport.log).toContain("491");
    expect(bob.transport.log).toContain("491");
    net.clock.advance(2000);
    expect([ofAlice, ofBob]).toEqual([[], [200]]);
    net.clock.advance(2000);
    expect(ofAlice).toEqual([200]);
  });

  test("that never ends is told to the user after three more tries", () => {
    received.events.on("request", ({ respond }) => respond(491));
    const told = ask(sent, "INVITE");
    net.clock.advance(20_000);
    expect(told).toEqual([491]);
    expect(requestsOf(alice, "INVITE")).toHaveLength(1 + 4);
  });

  test("with theirs still unanswered makes ours wait its turn", () => {
    const held = hold(received);
    received.events.on("request", () => {});
    sent.events.on("request", ({ respond }) => respond(200));
    const ofAlice = ask(sent, "INVITE");
    net.settle();
    const ofBob = ask(received, "INVITE");
    net.settle();
    expect(requestsOf(bob, "INVITE")).toHaveLength(0);
    held[0]?.respond(200);
    net.clock.advance(2000);
    expect([ofAlice, ofBob]).toEqual([[200], [200]]);
  });

  test("with an earlier one of our own is refused at once", () => {
    hold(received);
    ask(sent, "INVITE");
    expect(ask(sent, "INVITE")).toEqual(["sip.request-pending"]);
    net.settle();
  });
});

describe("a re-INVITE that is being answered", () => {
  test("gets its 2xx again until the ACK comes", () => {
    received.events.on("request", ({ respond }) => respond(200));
    const before = bob.transport.log.filter((words) => words === "200").length;
    let lost = 0;
    alice.transport.faults.drop = (message) =>
      message.type === "request" && message.method === "ACK" && lost++ < 2;
    const told = ask(sent, "INVITE");
    net.clock.advance(5000);
    expect(told).toEqual([200]);
    expect(bob.transport.log.filter((words) => words === "200").length - before).toBe(3);
  });

  test("and never acknowledged ends the session (§14.2)", () => {
    received.events.on("request", ({ respond }) => respond(200));
    const story = storyOf(received);
    alice.transport.faults.drop = (message) => message.type === "request" && message.method === "ACK";
    ask(sent, "INVITE");
    net.clock.advance(33_000);
    expect(story).toEqual(["ended local no-ack"]);
  });
});

test.each(["INVITE", "INFO"])(
  "an %s that nobody has answered gets 487 when a BYE ends the session (§15.1.2)",
  (method) => {
    const held = hold(received);
    const told = ask(sent, method);
    net.settle();
    sent.end();
    net.settle();
    expect(told).toEqual([487]);
    held[0]?.respond(200);
    net.settle();
    expect(told).toEqual([487]);
  },
);

describe("an answer that means the dialog is lost (§12.2.1.2)", () => {
  test.each([481, 408])("%i ends the session with a BYE", (status) => {
    received.events.on("request", ({ respond }) => respond(status));
    const story = storyOf(sent);
    const told = ask(sent, "INFO");
    net.settle();
    expect(told).toEqual([status]);
    expect(story).toEqual(["ended local failure"]);
    expect(requestsOf(alice, "BYE")).toHaveLength(1);
  });

  test("no answer at all does too", () => {
    const story = storyOf(sent);
    bob.transport.faults.drop = () => true;
    const told = ask(sent, "INFO");
    net.clock.advance(32_000);
    expect([told, story]).toEqual([["sip.timeout"], ["ended local failure"]]);
    net.clock.advance(32_000);
  });

  test.each([488, 500, 503])("%i does not", (status) => {
    received.events.on("request", ({ respond }) => respond(status));
    const told = ask(sent, "INVITE");
    net.settle();
    expect([told, sent.state]).toEqual([[status], "confirmed"]);
  });
});

test("after the end a request fails at once, and one that waits for its next try is told", () => {
  received.events.on("request", ({ respond }) => respond(491));
  const waiting = ask(sent, "INVITE");
  net.settle();
  sent.end();
  expect(waiting).toEqual(["sip.no-transaction"]);
  expect(ask(sent, "INFO")).toEqual(["sip.no-transaction"]);
  net.clock.advance(5000);
  expect(requestsOf(alice, "INVITE")).toHaveLength(2);
});

test("a re-INVITE that is refused 491 only after the end is not tried again", () => {
  const held = hold(received);
  const told = ask(sent, "INVITE");
  net.settle();
  bob.transport.faults.delayMs = 500;
  held[0]?.respond(491);
  sent.end();
  net.clock.advance(6000);
  expect([told, requestsOf(alice, "INVITE").length]).toEqual([[491], 2]);
});

test("a re-INVITE whose answer is lost as the session ends is cancelled, not waited for without end", () => {
  hold(received);
  const told = ask(sent, "INVITE");
  net.settle();
  bob.transport.faults.drop = (message) =>
    message.type === "response" && message.headers.cseq.method === "INVITE";
  sent.end();
  net.clock.advance(32_000);
  expect(requestsOf(alice, "CANCEL").length).toBeGreaterThan(0);
  expect(told).toEqual(["sip.timeout"]);
});

test("a session that is lost while the peer hangs up ends once", () => {
  received.events.on("request", ({ respond }) => {
    respond(481);
    received.end();
  });
  const story = storyOf(sent);
  ask(sent, "INFO");
  net.settle();
  expect(story).toEqual(["ended local failure"]);
});

test("a request that crosses our BYE is answered 481", () => {
  const told = ask(received, "INFO");
  sent.end();
  net.settle();
  expect(told).toEqual([481]);
});

test.each([
  ["Require: 100rel", "INFO", 420, "Unsupported", "100rel"],
  ["X: y", "UPDATE", 405, "Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO"],
])("a request with %s by %s is refused %i", (line, method, status, name, value) => {
  const [field = "", text = ""] = line.split(": ");
  const answers: SipResponse[] = [];
  sent.request(method, { headers: [{ name: field, value: text }] }, (answer) => {
    if ("status" in answer) answers.push(answer);
  });
  net.settle();
  expect(answers.map((one) => [one.status, header(one, name)])).toEqual([[status, value]]);
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  AgentNetwork,
  callOptions,
  type LoopAgent,
  requestsOf,
  storyOf,
} from "../../../test/support/agent-pair.ts";
import type { LoopTransport } from "../../../test/support/loop-transport.ts";
import { type RequestParts, sipRequest } from "../../../test/support/sip-messages.ts";
import { responseTo } from "../message/build.ts";
import { header, type SipMessage, type SipRequest, type SipResponse } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import type { OutOfDialogRequest } from "./types.ts";

let net: AgentNetwork;
let bob: LoopAgent;
/** A peer that we play by hand. */
let peer: LoopTransport;
let heard: SipMessage[];

beforeEach(() => {
  net = new AgentNetwork();
  ({ bob } = net);
  peer = net.network.open();
  heard = [];
  peer.events.on("message", (message) => heard.push(message));
});

afterEach(() => {
  expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
});

let branches = 0;
function say(method: string, parts: RequestParts = {}): void {
  const { address, port } = peer.localFor();
  const via = [`SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${parts.callId ?? ""}${++branches};rport`];
  send(sipRequest(method, { lines: [`Contact: <sip:alice@${address}:${port}>`], via, ...parts }));
}

function send(message: SipMessage): void {
  peer.send(message, bob.transport.destination);
  net.settle();
}

const statuses = () => heard.flatMap((one) => (one.type === "response" ? [one.status] : []));
const lastAnswer = (): SipResponse =>
  heard.findLast((one) => one.type === "response") ?? expect.fail("no answer");

describe("a request that belongs to no dialog", () => {
  test.each(["BYE", "INVITE", "INFO", "OPTIONS", "UPDATE"])(
    "%s with an unknown To tag is answered 481",
    (method) => {
      say(method, { toTag: "gone" });
      expect(statuses().filter((status) => status !== 100)).toEqual([481]);
      if (method === "INVITE") net.clock.advance(32_000);
    },
  );

  test.each(["BYE", "INFO"])("%s without a To tag is answered 481", (method) => {
    say(method);
    expect(statuses()).toEqual([481]);
  });

  test("CANCEL out of the blue is answered 481, ACK not at all", () => {
    say("CANCEL");
    say("ACK", { toTag: "gone" });
    expect(statuses()).toEqual([481]);
  });

  test("OPTIONS is handed on with its source, and answered once with everything we can", () => {
    const requests: OutOfDialogRequest[] = [];
    bob.agent.events.on("request", (one) => requests.push(one));
    say("OPTIONS");
    requests[0]?.respond(200);
    requests[0]?.respond(500);
    net.settle();
    expect(requests[0]?.source.host).toBe(peer.localFor().address);
    expect(statuses()).toEqual([200]);
    expect(header(lastAnswer(), "Accept")).toBe("application/sdp");
    expect(lastAnswer().headers.to.params.get("tag")).toBeDefined();
  });

  test.each([
    ["JUMP", 501, "Allow"],
    ["SUBSCRIBE", 405, "Allow"],
  ])("%s is refused %i with %s", (method, status, field) => {
    say(method);
    expect(statuses()).toEqual([status]);
    expect(header(lastAnswer(), field)).toBeDefined();
  });

  test("an INVITE that requires what we lack begins no session", () => {
    say("INVITE", { lines: ["Require: 100rel"] });
    expect(statuses()).toEqual([100, 420]);
    expect(bob.received).toEqual([]);
  });
});

test("the same INVITE on a second way is a merged request: 482 (RFC 3261 §8.2.2.2)", () => {
  say("INVITE");
  say("INVITE");
  expect(statuses().filter((status) => status !== 100)).toEqual([482]);
  expect(bob.received).toHaveLength(1);
  bob.received[0]?.end();
  net.settle();
  say("INVITE");
  expect(bob.received).toHaveLength(2);
  bob.received[1]?.end();
});

describe("inside a session", () => {
  /** An INVITE of the peer, answered 200 and acknowledged. Returns what its further requests carry. */
  function begin(acknowledge = true): RequestParts {
    say("INVITE", { cseq: 10 });
    bob.received[0]?.respond(200);
    net.settle();
    const toTag = lastAnswer().headers.to.params.get("tag") ?? expect.fail("no tag");
    if (acknowledge) say("ACK", { toTag, cseq: 10 });
    return { toTag };
  }

  test("a request out of order is answered 500, and one with a stranger's tag 481", () => {
    const dialog = begin();
    say("INFO", { ...dialog, cseq: 9 });
    say("INFO", { ...dialog, cseq: 11, fromTag: "stranger" });
    expect(statuses().slice(-2)).toEqual([500, 481]);
    say("INFO", { ...dialog, cseq: 12 });
    say("INFO", { ...dialog, cseq: 11 });
    expect(statuses().slice(-2)).toEqual([501, 500]);
    say("BYE", { ...dialog, cseq: 13 });
  });

  test("a BYE is answered 200 whatever its number", () => {
    say("BYE", { ...begin(), cseq: 1 });
    expect(statuses().at(-1)).toBe(200);
  });

  test("a second re-INVITE before the first is answered gets 500 with Retry-After (§14.2)", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", () => {});
    say("INVITE", { ...dialog, cseq: 11 });
    say("INVITE", { ...dialog, cseq: 12 });
    expect(lastAnswer().status).toBe(500);
    expect(header(lastAnswer(), "Retry-After")).toBe("5");
    say("BYE", { ...dialog, cseq: 13 });
    expect(statuses().slice(-2)).toEqual([200, 487]);
  });

  test("a re-INVITE before the ACK of the 2xx gets 491", () => {
    const dialog = begin(false);
    say("INVITE", { ...dialog, cseq: 11 });
    expect(lastAnswer().status).toBe(491);
    say("BYE", { ...dialog, cseq: 12 });
  });

  test("a CANCEL of a re-INVITE ends the re-INVITE alone", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", () => {});
    const via = ["SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKsame;rport"];
    say("INVITE", { ...dialog, cseq: 11, via });
    say("CANCEL", { ...dialog, cseq: 11, via });
    expect(statuses().slice(-2)).toEqual([200, 487]);
    expect(bob.received[0]?.state).toBe("confirmed");
    say("BYE", { ...dialog, cseq: 12 });
  });

  test("a CANCEL after the 2xx is answered 200 and has no effect (§9.2)", () => {
    const via = ["SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKfirst;rport"];
    say("INVITE", { via });
    bob.received[0]?.respond(200);
    say("CANCEL", { via });
    expect(statuses()).toEqual([100, 200, 200]);
    expect(bob.received[0]?.state).toBe("confirmed");
    say("BYE", { toTag: bob.received[0]?.localTag ?? "", cseq: 2 });
  });

  test("a BYE before the answer is answered 200, the INVITE 487", () => {
    say("INVITE");
    const story = storyOf(bob.received[0] ?? expect.fail());
    say("BYE", { toTag: bob.received[0]?.localTag ?? "", cseq: 2 });
    expect(statuses()).toEqual([100, 200, 487]);
    expect(story).toEqual(["ended remote bye"]);
  });

  test("the peer's latest Contact is where our requests go", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", ({ respond }) => respond(200));
    say("INVITE", { ...dialog, cseq: 11, lines: ["Contact: <sip:moved@192.0.2.3:5060>"] });
    say("ACK", { ...dialog, cseq: 11 });
    bob.received[0]?.end();
    net.settle();
    expect(requestsOf(bob, "BYE")[0]?.uri.user).toBe("moved");
    send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
  });
});

test("a phone behind a NAT is reached where its latest request came from", () => {
  const lines = ["Contact: <sip:alice@10.0.0.5>"];
  say("INVITE", { lines });
  bob.received[0]?.respond(200);
  net.settle();
  const toTag = bob.received[0]?.localTag ?? "";
  say("ACK", { toTag });
  peer = net.network.open({ port: 40_000 });
  say("OPTIONS", { toTag, cseq: 2 });
  bob.received[0]?.end();
  const bye = bob.transport.sent.at(-1) ?? expect.fail();
  expect(bye.to).toMatchObject({ host: peer.localFor().address, port: 40_000 });
  expect(bye.message.type === "request" && bye.message.uri.host).toBe("10.0.0.5");
  net.settle();
  send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
});

test("the Contact of the 2xx to our re-INVITE is where our requests go (RFC 3261 §12.2.1.2)", () => {
  say("INVITE");
  bob.received[0]?.respond(200);
  net.settle();
  say("ACK", { toTag: bob.received[0]?.localTag ?? "" });
  bob.received[0]?.request("INVITE", undefined, () => {});
  net.settle();
  const contact = [parseNameAddr("<sip:moved@192.0.2.3>") ?? expect.fail()];
  send(responseTo(requestsOf(bob, "INVITE")[0] ?? expect.fail(), 200, { contact }));
  bob.received[0]?.end();
  net.settle();
  expect(requestsOf(bob, "BYE")[0]?.uri.user).toBe("moved");
  send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
});

describe("an INVITE that a proxy forks", () => {
  const contact = (user: string) => {
    const { address, port } = peer.localFor();
    return [parseNameAddr(`<sip:${user}@${address}:${port}>`) ?? expect.fail()];
  };
  const heardOf = (method: string) =>
    heard.flatMap((one) =>
      one.type === "request" && one.method === method ? [one.headers.to.params.get("tag")] : [],
    );

  /** Bob calls; the peer has heard the INVITE. */
  function call() {
    const session = bob.agent.invite(callOptions(peer));
    net.settle();
    const invite = heard.find((one): one is SipRequest => one.type === "request") ?? expect.fail();
    const answer = (status: number, toTag: string) =>
      send(responseTo(invite, status, { toTag, contact: contact(`${toTag}${status}`) }));
    /** A request of the fork with this tag. */
    const ask = (method: string, fromTag: string) =>
      say(method, { callId: session.callId, fromTag, toTag: session.localTag, uri: "sip:alice@192.0.2.2" });
    return { session, answer, ask };
  }

  /** Answers every BYE. */
  function answerByes(): void {
    peer.events.on("message", (message) => {
      if (message.type === "request" && message.method === "BYE") {
        peer.send(responseTo(message, 200), bob.transport.destination);
      }
    });
  }

  test("rings on several phones; the first 2xx wins, the second is acknowledged and hung up", () => {
    answerByes();
    const { session, answer } = call();
    const story = storyOf(session);
    session.events.on("accepted", () => session.acknowledge());
    answer(180, "a");
    answer(183, "b");
    expect(session.remoteTag).toBe("b");
    answer(200, "a");
    answer(200, "b");
    answer(200, "b");
    expect(session.remoteTag).toBe("a");
    expect(heardOf("ACK")).toEqual(["a", "b", "b"]);
    expect(heardOf("BYE")).toEqual(["b"]);
    session.end();
    net.settle();
    expect(heardOf("BYE")).toEqual(["b", "a"]);
    expect(story).toEqual(["progress 180", "progress 183", "accepted 200", "ended local bye"]);
  });

  test("belongs to the winner alone: another fork's request gets 481, its BYE 200 and no more", () => {
    answerByes();
    const { session, answer, ask } = call();
    session.events.on("accepted", () => session.acknowledge());
    session.events.on("request", ({ respond }) => respond(200));
    answer(180, "a");
    answer(180, "b");
    ask("INFO", "b");
    answer(200, "a");
    ask("INFO", "b");
    ask("BYE", "b");
    expect(statuses()).toEqual([200, 481, 200]);
    expect(session.state).toBe("confirmed");
    ask("BYE", "a");
    expect(session.state).toBe("ended");
  });

  test("is led by the 2xx, not by what its early dialog said", () => {
    answerByes();
    const { session, answer } = call();
    session.events.on("accepted", () => session.acknowledge());
    answer(180, "a");
    answer(200, "a");
    session.end();
    net.settle();
    expect(requestsOf(bob, "BYE")[0]?.uri.user).toBe("a200");
  });

  test("and is cancelled, hangs up every fork that answers all the same", () => {
    answerByes();
    const { session, answer } = call();
    answer(180, "a");
    session.end();
    answer(200, "a");
    answer(200, "b");
    expect(heardOf("ACK")).toEqual(["a", "b"]);
    expect(heardOf("BYE")).toEqual(["a", "b"]);
    expect(session.state).toBe("ended");
  });
});

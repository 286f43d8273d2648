import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentNetwork, type LoopAgent, requestsOf, storyOf } from "../../../test/support/agent-pair.ts";
import { HandPeer } from "../../../test/support/hand-peer.ts";
import type { RequestParts } from "../../../test/support/sip-messages.ts";
import { responseTo } from "../message/build.ts";
import { header } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import type { OutOfDialogRequest } from "./types.ts";

let net: AgentNetwork;
let bob: LoopAgent;
let peer: HandPeer;

beforeEach(() => {
  net = new AgentNetwork();
  ({ bob } = net);
  peer = new HandPeer(net, bob);
});

afterEach(() => {
  expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
});

describe("a request that belongs to no dialog", () => {
  test.each(["BYE", "INVITE", "INFO", "OPTIONS", "UPDATE"])(
    "%s with an unknown To tag is answered 481",
    (method) => {
      peer.say(method, { toTag: "gone" });
      expect(peer.statuses).toEqual([481]);
      if (method === "INVITE") net.clock.advance(32_000);
    },
  );

  test.each(["BYE", "INFO"])("%s without a To tag is answered 481", (method) => {
    peer.say(method);
    expect(peer.statuses).toEqual([481]);
  });

  test("CANCEL out of the blue is answered 481, ACK not at all", () => {
    peer.say("CANCEL");
    peer.say("ACK", { toTag: "gone" });
    expect(peer.statuses).toEqual([481]);
  });

  test("OPTIONS is handed on with its source, and answered once with everything we can", () => {
    const requests: OutOfDialogRequest[] = [];
    bob.agent.events.on("request", (one) => requests.push(one));
    peer.say("OPTIONS");
    requests[0]?.respond(200);
    requests[0]?.respond(500);
    net.settle();
    expect(requests[0]?.source.host).toBe(peer.transport.localFor().address);
    expect(peer.statuses).toEqual([200]);
    expect(header(peer.lastAnswer, "Accept")).toBe("application/sdp");
    expect(peer.lastAnswer.headers.to.params.get("tag")).toBeDefined();
  });

  test.each([
    ["JUMP", 501, "Allow"],
    ["SUBSCRIBE", 405, "Allow"],
  ])("%s is refused %i with %s", (method, status, field) => {
    peer.say(method);
    expect(peer.statuses).toEqual([status]);
    expect(header(peer.lastAnswer, field)).toBeDefined();
  });

  test("an INVITE that requires what we lack begins no session", () => {
    peer.say("INVITE", { lines: ["Require: 100rel"] });
    expect(peer.statuses).toEqual([420]);
    expect(bob.received).toEqual([]);
  });
});

test("the same INVITE on a second way is a merged request: 482 (RFC 3261 §8.2.2.2)", () => {
  peer.say("INVITE");
  peer.say("INVITE");
  expect(peer.statuses).toEqual([482]);
  expect(bob.received).toHaveLength(1);
  bob.received[0]?.end();
  net.settle();
  peer.say("INVITE");
  expect(bob.received).toHaveLength(2);
  bob.received[1]?.end();
});

describe("inside a session", () => {
  /** An INVITE of the peer, answered 200 and acknowledged. Returns what its further requests carry. */
  function begin(acknowledge = true): RequestParts {
    peer.say("INVITE", { cseq: 10 });
    bob.received[0]?.respond(200);
    net.settle();
    const toTag = peer.lastAnswer.headers.to.params.get("tag") ?? expect.fail("no tag");
    if (acknowledge) peer.say("ACK", { toTag, cseq: 10 });
    return { toTag };
  }

  test("a request out of order is answered 500, and one with a stranger's tag 481", () => {
    const dialog = begin();
    peer.say("INFO", { ...dialog, cseq: 9 });
    peer.say("INFO", { ...dialog, cseq: 11, fromTag: "stranger" });
    expect(peer.statuses.slice(-2)).toEqual([500, 481]);
    peer.say("INFO", { ...dialog, cseq: 12 });
    peer.say("INFO", { ...dialog, cseq: 11 });
    expect(peer.statuses.slice(-2)).toEqual([501, 500]);
    peer.say("BYE", { ...dialog, cseq: 13 });
  });

  test("a BYE is answered 200 whatever its number", () => {
    peer.say("BYE", { ...begin(), cseq: 1 });
    expect(peer.statuses.at(-1)).toBe(200);
  });

  test("a second re-INVITE before the first is answered gets 500 with Retry-After (§14.2)", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", () => {});
    peer.say("INVITE", { ...dialog, cseq: 11 });
    peer.say("INVITE", { ...dialog, cseq: 12 });
    expect(peer.lastAnswer.status).toBe(500);
    expect(header(peer.lastAnswer, "Retry-After")).toBe("5");
    peer.say("BYE", { ...dialog, cseq: 13 });
    expect(peer.statuses.slice(-2)).toEqual([200, 487]);
  });

  test("a re-INVITE before the ACK of the 2xx gets 491", () => {
    const dialog = begin(false);
    peer.say("INVITE", { ...dialog, cseq: 11 });
    expect(peer.lastAnswer.status).toBe(491);
    peer.say("BYE", { ...dialog, cseq: 12 });
  });

  test("a CANCEL of a re-INVITE ends the re-INVITE alone", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", () => {});
    const via = ["SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKsame;rport"];
    peer.say("INVITE", { ...dialog, cseq: 11, via });
    peer.say("CANCEL", { ...dialog, cseq: 11, via });
    expect(peer.statuses.slice(-2)).toEqual([200, 487]);
    expect(bob.received[0]?.state).toBe("confirmed");
    peer.say("BYE", { ...dialog, cseq: 12 });
  });

  test("a CANCEL after the 2xx is answered 200 and has no effect (§9.2)", () => {
    const via = ["SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKfirst;rport"];
    peer.say("INVITE", { via });
    bob.received[0]?.respond(200);
    peer.say("CANCEL", { via });
    expect(peer.statuses).toEqual([200, 200]);
    expect(bob.received[0]?.state).toBe("confirmed");
    peer.say("BYE", { toTag: bob.received[0]?.localTag ?? "", cseq: 2 });
  });

  test("a BYE before the answer is answered 200, the INVITE 487", () => {
    peer.say("INVITE");
    const story = storyOf(bob.received[0] ?? expect.fail());
    peer.say("BYE", { toTag: bob.received[0]?.localTag ?? "", cseq: 2 });
    expect(peer.statuses).toEqual([200, 487]);
    expect(story).toEqual(["ended remote bye"]);
  });

  test("the peer's latest Contact is where our requests go", () => {
    const dialog = begin();
    bob.received[0]?.events.on("request", ({ respond }) => respond(200));
    peer.say("INVITE", { ...dialog, cseq: 11, lines: ["Contact: <sip:moved@192.0.2.3:5060>"] });
    peer.say("ACK", { ...dialog, cseq: 11 });
    bob.received[0]?.end();
    net.settle();
    expect(requestsOf(bob, "BYE")[0]?.uri.user).toBe("moved");
    peer.send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
  });
});

test("a phone behind a NAT is reached where its latest request came from", () => {
  const lines = ["Contact: <sip:alice@10.0.0.5>"];
  peer.say("INVITE", { lines });
  bob.received[0]?.respond(200);
  net.settle();
  const toTag = bob.received[0]?.localTag ?? "";
  peer.say("ACK", { toTag });
  peer.move(40_000);
  peer.say("OPTIONS", { toTag, cseq: 2 });
  bob.received[0]?.end();
  const bye = bob.transport.sent.at(-1) ?? expect.fail();
  expect(bye.to).toMatchObject({ host: peer.transport.localFor().address, port: 40_000 });
  expect(bye.message.type === "request" && bye.message.uri.host).toBe("10.0.0.5");
  net.settle();
  peer.send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
});

test("the Contact of the 2xx to our re-INVITE is where our requests go (RFC 3261 §12.2.1.2)", () => {
  peer.say("INVITE");
  bob.received[0]?.respond(200);
  net.settle();
  peer.say("ACK", { toTag: bob.received[0]?.localTag ?? "" });
  bob.received[0]?.request("INVITE", undefined, () => {});
  net.settle();
  const contact = [parseNameAddr("<sip:moved@192.0.2.3>") ?? expect.fail()];
  peer.send(responseTo(requestsOf(bob, "INVITE")[0] ?? expect.fail(), 200, { contact }));
  bob.received[0]?.end();
  net.settle();
  expect(requestsOf(bob, "BYE")[0]?.uri.user).toBe("moved");
  peer.send(responseTo(requestsOf(bob, "BYE")[0] ?? expect.fail(), 200));
});

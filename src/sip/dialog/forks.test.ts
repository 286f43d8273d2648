import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  AgentNetwork,
  callOptions,
  type LoopAgent,
  requestsOf,
  storyOf,
} from "../../../test/support/agent-pair.ts";
import { HandPeer } from "../../../test/support/hand-peer.ts";
import { responseTo } from "../message/build.ts";
import { parseNameAddr } from "../message/name-addr.ts";

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

describe("an INVITE that a proxy forks", () => {
  const contact = (user: string) => {
    const { address, port } = peer.transport.localFor();
    return [parseNameAddr(`<sip:${user}@${address}:${port}>`) ?? expect.fail()];
  };
  const heardOf = (method: string) =>
    peer.requests.filter((one) => one.method === method).map(({ headers }) => headers.to.params.get("tag"));

  /** Bob calls; the peer has heard the INVITE. */
  function call() {
    const session = bob.agent.invite(callOptions(peer.transport));
    net.settle();
    const invite = peer.requests[0] ?? expect.fail();
    const answer = (status: number, toTag: string) =>
      peer.send(responseTo(invite, status, { toTag, contact: contact(`${toTag}${status}`) }));
    /** A request of the fork with this tag. */
    const ask = (method: string, fromTag: string) =>
      peer.say(method, {
        callId: session.callId,
        fromTag,
        toTag: session.localTag,
        uri: "sip:alice@192.0.2.2",
      });
    return { session, answer, ask };
  }

  /** Answers every BYE. */
  function answerByes(): void {
    peer.transport.events.on("message", (message) => {
      if (message.type === "request" && message.method === "BYE") {
        peer.transport.send(responseTo(message, 200), bob.transport.destination);
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
    expect(peer.statuses).toEqual([200, 481, 200]);
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

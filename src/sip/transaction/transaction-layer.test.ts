import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import {
  answering,
  type Side,
  T4_MS,
  TIMEOUT_MS,
  times,
  transactionPair,
} from "../../../test/support/transaction-pair.ts";
import { messageOf } from "../../core/failure.ts";
import { responseTo } from "../message/build.ts";
import type { SipRequest } from "../message/message.ts";
import type { ListenPoint } from "../transport/types.ts";
import type { ServerTransaction } from "./types.ts";

describe("requests we send", () => {
  test("carry our Via on top, with the magic cookie, a fresh branch and rport", () => {
    const { clock, client, server } = transactionPair();
    const first = client.request(sipRequest("OPTIONS"), server);
    const second = client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    const [via] = first.request.headers.via;
    expect(via).toMatchObject({ transport: "UDP", host: "192.0.2.1", port: 5060 });
    expect(via?.params.get("branch")).toMatch(/^z9hG4bK.+/);
    expect(via?.params.get("rport")).toBe("");
    expect(second.request.headers.via[0]?.params.get("branch")).not.toBe(via?.params.get("branch"));
    expect(first.key).not.toBe(second.key);
  });

  test("the ACK for a 486 copies Request-URI, Via, From, Call-ID and Route of the INVITE and the To of the response", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    const invite = client.request(
      sipRequest("INVITE", { cseq: 7, lines: ["Route: <sip:192.0.2.9;lr>"] }),
      server,
    );
    clock.advance(0);
    const ack = client.transport.sent.map(({ message }) => message).at(-1);
    expect(ack).toMatchObject({ type: "request", method: "ACK", uri: invite.request.uri });
    expect(ack?.headers.via).toEqual(invite.request.headers.via);
    expect(ack?.headers.from).toEqual(invite.request.headers.from);
    expect(ack?.headers.callId).toBe(invite.request.headers.callId);
    expect(ack?.headers.route).toEqual(invite.request.headers.route);
    expect(ack?.headers.cseq).toEqual({ number: 7, method: "ACK" });
    expect(ack?.headers.to.params.get("tag")).toBe("bob1");
  });

  test("a CANCEL has the INVITE's Request-URI, only Via, To without tag, CSeq number and Route", () => {
    const { clock, client, server } = transactionPair();
    const invite = client.request(
      sipRequest("INVITE", { cseq: 7, lines: ["Route: <sip:192.0.2.9;lr>"] }),
      server,
    );
    clock.advance(0);
    client.layer.cancel(invite, 'SIP;cause=200;text="Call completed elsewhere"');
    const cancel = client.transport.sent.map(({ message }) => message).at(-1);
    expect(cancel).toMatchObject({ type: "request", method: "CANCEL", uri: invite.request.uri });
    expect(cancel?.headers.via).toEqual([invite.request.headers.via[0]]);
    expect(cancel?.headers.to).toEqual(invite.request.headers.to);
    expect(cancel?.headers.cseq).toEqual({ number: 7, method: "CANCEL" });
    expect(cancel?.headers.route).toEqual(invite.request.headers.route);
    expect(cancel?.headers.others).toEqual([
      { name: "Reason", value: 'SIP;cause=200;text="Call completed elsewhere"' },
    ]);
  });

  test("an INVITE that gets no final response 64*T1 after its CANCEL is given up", () => {
    const { clock, client, server } = transactionPair();
    const invite = client.request(sipRequest("INVITE"), server);
    clock.advance(10_000);
    client.layer.cancel(invite);
    server.requests[0]?.respond(responseTo(sipRequest("INVITE"), 180));
    clock.advance(TIMEOUT_MS - 1);
    expect(client.failures).toEqual([]);
    clock.advance(1);
    expect(client.failures.map(messageOf)).toEqual([
      "No answer from the peer in time: INVITE to 192.0.2.2:5060",
    ]);
    expect(client.layer.count).toBe(0);
  });

  test("no CANCEL goes out before a provisional response, nor after the final one", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    const invite = client.request(sipRequest("INVITE"), server);
    client.layer.cancel(invite);
    clock.advance(0);
    client.layer.cancel(invite);
    expect(client.transport.log).toEqual(["INVITE", "ACK"]);
  });

  test("an INVITE is cancelled once, however often its user asks", () => {
    const { clock, client, server } = transactionPair();
    const invite = client.request(sipRequest("INVITE"), server);
    clock.advance(0);
    client.layer.cancel(invite);
    client.layer.cancel(invite);
    expect(client.transport.log).toEqual(["INVITE", "CANCEL"]);
    clock.advance(TIMEOUT_MS);
    client.layer.cancel(invite);
    expect([client.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("a CANCEL reaches the user as a transaction of its own, and leads to its INVITE", () => {
    const { clock, client, server } = transactionPair();
    const invite = client.request(sipRequest("INVITE"), server);
    client.request(sipRequest("INVITE", { callId: "other" }), server);
    clock.advance(0);
    client.layer.cancel(invite);
    clock.advance(0);
    const [first, , cancel] = server.requests;
    expect(cancel?.request.method).toBe("CANCEL");
    expect(cancel && server.layer.inviteOf(cancel.request)).toBe(first);
  });

  test("a transport error is told once, and nothing remains", () => {
    const { clock, client, server } = transactionPair();
    client.transport.faults.fail = () => true;
    client.request(sipRequest("INVITE"), server);
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    expect(client.failures.map((failure) => failure.code)).toEqual(["sip.transport", "sip.transport"]);
    expect([client.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("a transport error on the ACK is not told to a user that has its final response", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    client.transport.faults.fail = (message) => message.type === "request" && message.method === "ACK";
    client.request(sipRequest("INVITE"), server);
    clock.advance(0);
    expect([client.responses, client.failures, client.layer.count]).toEqual([[100, 486], [], 0]);
  });

  test("an ACK for a 2xx goes out once with a fresh Via and reaches the other user", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    client.request(sipRequest("INVITE"), server);
    clock.advance(0);
    client.layer.sendAck(sipRequest("ACK", { toTag: "bob1" }), server.transport.destination);
    clock.advance(TIMEOUT_MS);
    expect(server.acks.length).toBe(1);
    expect(times(client, "ACK")).toEqual([0]);
  });
});

describe("requests we receive", () => {
  const from = (server: Side, request: SipRequest) =>
    server.transport.arrive(request, { transport: "udp", address: "192.0.2.77", port: 5077 });

  test("an INVITE is answered 100 at once, and its retransmission gets the latest provisional response", () => {
    const { clock, client, server } = transactionPair();
    client.request(sipRequest("INVITE"), server);
    clock.advance(0);
    expect(server.transport.log).toEqual(["100"]);
    const [invite] = server.requests;
    invite?.respond(responseTo(invite.request, 180, { toTag: "bob1" }));
    if (invite !== undefined) from(server, invite.request);
    expect(server.transport.log).toEqual(["100", "180", "180"]);
    expect(server.requests.length).toBe(1);
  });

  test("every 2xx the user repeats goes straight out", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    client.request(sipRequest("INVITE"), server);
    clock.advance(500);
    answering(200)(server.requests[0] as ServerTransaction);
    expect(times(server, "200")).toEqual([0, 500]);
  });

  test("UDP responses go back to the very address and port, whatever the Via says", () => {
    const { server } = transactionPair("udp", answering(200));
    const request = sipRequest("OPTIONS", {
      via: ["SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKx;maddr=198.51.100.1"],
    });
    from(server, request);
    expect(server.transport.sent[0]?.to).toEqual({
      transport: "udp",
      host: "192.0.2.77",
      port: 5077,
      flow: 1,
    });
    expect(server.transport.sent[0]?.message.headers.via[0]?.params.get("rport")).toBe("5077");
  });

  test("stream responses go back on their flow, else to the port of the Via", () => {
    const { server } = transactionPair("tcp", answering(200));
    const request = sipRequest("OPTIONS", { via: ["SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKx"] });
    server.transport.arrive(request, { transport: "tcp", address: "192.0.2.77", port: 50_777 });
    expect(server.transport.sent[0]?.to).toEqual({
      transport: "tcp",
      host: "192.0.2.77",
      port: 5060,
      flow: 1,
    });
  });

  test("the same branch from another sent-by is another transaction", () => {
    const { server } = transactionPair();
    from(server, sipRequest("OPTIONS", { via: ["SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx"] }));
    from(server, sipRequest("OPTIONS", { via: ["SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx"] }));
    from(server, sipRequest("OPTIONS", { via: ["SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx"] }));
    expect(server.requests.length).toBe(2);
  });

  test("a client of RFC 2543 is matched by what identifies its request", () => {
    const { clock, server } = transactionPair("udp", answering(486));
    const via = ["SIP/2.0/UDP 10.0.0.1:5060"];
    from(server, sipRequest("INVITE", { via }));
    from(server, sipRequest("INVITE", { via }));
    from(server, sipRequest("INVITE", { via, cseq: 2 }));
    expect(server.requests.length).toBe(2);
    from(server, sipRequest("ACK", { via, toTag: "bob1" }));
    clock.advance(T4_MS);
    expect([server.layer.count, server.acks]).toEqual([1, []]);
  });

  test("a client of RFC 2543 has its ACK for a 2xx passed up, and one with a strange To tag too", () => {
    const { server } = transactionPair("udp", (transaction) =>
      answering(transaction.request.headers.cseq.number === 1 ? 200 : 486)(transaction),
    );
    const via = ["SIP/2.0/UDP 10.0.0.1:5060"];
    from(server, sipRequest("INVITE", { via }));
    from(server, sipRequest("ACK", { via, toTag: "bob1" }));
    expect(server.acks.length).toBe(1);
    from(server, sipRequest("INVITE", { via, cseq: 2 }));
    from(server, sipRequest("ACK", { via, cseq: 2, toTag: "somebody-else" }));
    expect(server.acks.length).toBe(2);
  });

  test("over the limit a request is refused 503 with Retry-After, statelessly, and an ACK is never answered", () => {
    const { clock, client, side } = transactionPair();
    const full = side(() => {}, 1);
    client.request(sipRequest("OPTIONS", { callId: "served" }), full);
    client.request(sipRequest("OPTIONS", { callId: "refused" }), full);
    clock.advance(0);
    from(full, sipRequest("ACK", { via: ["SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKack"] }));
    expect(full.transport.log).toEqual(["503"]);
    const refusal = full.transport.sent[0]?.message;
    expect(refusal?.headers.others).toEqual([{ name: "Retry-After", value: "10" }]);
    expect(refusal?.headers.to.params.has("tag")).toBe(true);
    expect([client.responses, full.layer.count]).toEqual([[503], 1]);
  });

  test("a failed response to an INVITE is told once and the transaction stays for the user to end", () => {
    const { clock, client, server } = transactionPair();
    server.transport.faults.fail = () => true;
    client.request(sipRequest("INVITE"), server);
    clock.advance(600);
    expect(server.failures.map((failure) => failure.code)).toEqual(["sip.transport"]);
    answering(486)(server.requests[0] as ServerTransaction);
    clock.advance(TIMEOUT_MS);
    expect([server.failures.length, server.layer.count]).toEqual([1, 0]);
  });
});

describe("responses we receive", () => {
  test("one that matches nothing, or has a second Via, is handed up as a stray and answered by nothing", () => {
    const { clock, client, server } = transactionPair();
    const live = client.request(sipRequest("OPTIONS"), server);
    const own = live.request.headers.via[0];
    const doubled = { ...live.request, headers: { ...live.request.headers, via: own ? [own, own] : [] } };
    const peer: ListenPoint = { transport: "udp", address: "192.0.2.2", port: 5060 };
    client.transport.arrive(responseTo(doubled, 200), peer);
    client.transport.arrive(
      responseTo(sipRequest("OPTIONS", { via: ["SIP/2.0/UDP h;branch=z9hG4bKno"] }), 200),
      peer,
    );
    expect([client.strays.length, client.responses]).toEqual([2, []]);
    client.transport.arrive(responseTo({ ...live.request, method: "OPTIONS" }, 200), peer);
    expect([client.strays.length, client.responses]).toEqual([2, [200]]);
    clock.advance(0);
    expect(client.transport.log).toEqual(["OPTIONS"]);
  });
});

describe("the end of the layer", () => {
  test("close ends every transaction in silence and leaves no timer", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    client.request(sipRequest("INVITE"), server);
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    client.transport.faults.fail = () => true;
    client.request(sipRequest("OPTIONS"), server);
    client.layer.close();
    server.layer.close();
    clock.advance(TIMEOUT_MS);
    expect([client.layer.count, server.layer.count, clock.pending]).toEqual([0, 0, 0]);
    expect(client.failures).toEqual([]);
  });

  test("nothing that comes in after close is served", () => {
    const { clock, client, server } = transactionPair();
    server.layer.close();
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    expect([server.requests, server.layer.count]).toEqual([[], 0]);
  });

  test("whatever the network does, every request ends exactly once and no transaction or timer remains", () => {
    const fate = fc.constantFrom("pass", "drop", "twice", "fail");
    const call = fc.record({
      method: fc.constantFrom("INVITE", "OPTIONS", "BYE"),
      status: fc.constantFrom(200, 302, 486, 603),
      cancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 4 }),
        fc.array(fate, { minLength: 1, maxLength: 40 }),
        fc.constantFrom<ListenPoint["transport"]>("udp", "tcp"),
        (calls, fates, transport) => {
          const { clock, client, server } = transactionPair(transport, (transaction) =>
            answering(calls[transaction.request.headers.cseq.number]?.status ?? 200)(transaction),
          );
          let next = 0;
          for (const { transport: end } of [client, server]) {
            end.faults.delayMs = 20;
            end.faults.drop = () => fates[next++ % fates.length] === "drop";
            end.faults.duplicate = () => fates[next++ % fates.length] === "twice";
            end.faults.fail = () => fates[next++ % fates.length] === "fail";
          }
          const ends = calls.map(() => 0);
          calls.forEach(({ method, cancelled }, index) => {
            const finals = { tags: 0 };
            const sent = client.layer.request(
              sipRequest(method, { cseq: index }),
              server.transport.destination,
              {
                response: ({ status }) => {
                  if (status < 200 && cancelled) client.layer.cancel(sent);
                  // Several 2xx may come for one INVITE; they count as one end.
                  if (status >= 200 && finals.tags++ === 0) ends[index] = (ends[index] ?? 0) + 1;
                },
                failed: () => {
                  ends[index] = (ends[index] ?? 0) + 1;
                },
              },
            );
          });
          clock.advance(4 * TIMEOUT_MS);
          // A provisional response without any final one is for the user to cancel (RFC 3261 §17.1.1.2).
          const waiting = client.layer.count;
          expect(ends.filter((count) => count > 1)).toEqual([]);
          expect(ends.filter((count) => count === 0).length).toBe(waiting);
          expect(server.layer.count).toBe(0);
          if (waiting === 0) expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

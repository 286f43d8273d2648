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
import { responseTo } from "../message/build.ts";

const deaf = (side: Side) => {
  side.transport.faults.drop = () => true;
};

describe("timers of a client transaction", () => {
  test("Timer A retransmits an INVITE at doubling intervals until Timer B gives up after 64*T1", () => {
    const { clock, client, server } = transactionPair();
    deaf(client);
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect(times(client, "INVITE")).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(client.failures).toEqual([]);
    clock.advance(1);
    expect(client.failures.map((failure) => failure.code)).toEqual(["sip.timeout"]);
    expect([client.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("Timer B alone runs over a reliable transport", () => {
    const { clock, client, server } = transactionPair("tcp");
    deaf(client);
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS);
    expect(times(client, "INVITE")).toEqual([0]);
    expect(client.failures.map((failure) => failure.code)).toEqual(["sip.timeout"]);
  });

  test("Timer D keeps acknowledging retransmitted 486 for 32 s and passes it up once", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    client.transport.faults.drop = (message) => message.type === "request" && message.method === "ACK";
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect(client.responses).toEqual([100, 486]);
    expect(times(client, "ACK").length).toBe(times(server, "486").length);
    expect(times(client, "ACK").length).toBeGreaterThan(5);
    expect(client.layer.count).toBe(1);
    clock.advance(1);
    expect(client.layer.count).toBe(0);
  });

  test("Timer M passes up every 2xx for 64*T1, from other branches of a fork too", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    const [invite] = server.requests;
    invite?.respond(responseTo(invite.request, 200, { toTag: "fork" }));
    clock.advance(0);
    expect(client.responses).toEqual([100, 200, 200]);
    expect(client.layer.count).toBe(1);
    clock.advance(1);
    expect([client.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("Timer E retransmits up to every T2 until Timer F gives up after 64*T1", () => {
    const { clock, client, server } = transactionPair();
    deaf(client);
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(TIMEOUT_MS);
    expect(times(client, "OPTIONS")).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(client.failures.map((failure) => failure.code)).toEqual(["sip.timeout"]);
    expect([client.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("Timer E is T2 from the first provisional response on", () => {
    const { clock, client, server } = transactionPair("udp", answering(100));
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(10_000);
    expect(times(client, "OPTIONS")).toEqual([0, 500, 4500, 8500]);
  });

  test("Timer K absorbs late finals for T4", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    server.transport.faults.duplicate = () => true;
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(T4_MS - 1);
    expect([client.responses, client.strays, client.layer.count]).toEqual([[200], [], 1]);
    clock.advance(1);
    expect(client.layer.count).toBe(0);
  });

  test("Timers D and K are zero over a reliable transport", () => {
    const { clock, client, server } = transactionPair("tcp", answering(404));
    client.request(sipRequest("INVITE"), server);
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    expect([client.layer.count, server.layer.count, clock.pending]).toEqual([0, 0, 0]);
  });
});

describe("timers of a server transaction", () => {
  test("Timer G retransmits the final response up to every T2 until Timer H reports the missing ACK", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    client.transport.faults.drop = (message) => message.type === "request" && message.method === "ACK";
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect(times(server, "486")).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(server.failures).toEqual([]);
    clock.advance(1);
    expect(server.failures.map((failure) => failure.code)).toEqual(["sip.timeout"]);
    expect([server.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("Timer H alone runs over a reliable transport", () => {
    const { clock, client, server } = transactionPair("tcp", answering(486));
    client.transport.faults.drop = (message) => message.type === "request" && message.method === "ACK";
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS);
    expect(times(server, "486")).toEqual([0]);
    expect(server.failures.map((failure) => failure.code)).toEqual(["sip.timeout"]);
  });

  test("Timer I absorbs duplicate ACKs for T4 and passes none up", () => {
    const { clock, client, server } = transactionPair("udp", answering(486));
    client.transport.faults.duplicate = (message) => message.type === "request" && message.method === "ACK";
    client.request(sipRequest("INVITE"), server);
    clock.advance(T4_MS - 1);
    expect([server.layer.count, server.acks, times(server, "486")]).toEqual([1, [], [0]]);
    clock.advance(1);
    expect(server.layer.count).toBe(0);
  });

  test("Timer J answers retransmitted requests for 64*T1 without asking the user again", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    server.transport.faults.drop = (message) => clock.now() < 20_000 && message.type === "response";
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect([client.responses, server.requests.length, server.layer.count]).toEqual([[200], 1, 1]);
    clock.advance(1);
    expect(server.layer.count).toBe(0);
  });

  test("Timer L absorbs retransmitted INVITEs for 64*T1 after a 2xx", () => {
    const { clock, client, server } = transactionPair("udp", answering(200));
    client.transport.faults.duplicate = () => true;
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect([server.requests.length, times(server, "200"), server.layer.count]).toEqual([1, [0], 1]);
    clock.advance(1);
    expect([server.layer.count, clock.pending]).toEqual([0, 0]);
  });

  test("Timers I and J are zero over a reliable transport, L is not", () => {
    const { clock, client, server } = transactionPair("tcp", (transaction) =>
      answering(transaction.request.headers.callId === "refused" ? 486 : 200)(transaction),
    );
    client.request(sipRequest("INVITE", { callId: "refused" }), server);
    client.request(sipRequest("OPTIONS"), server);
    clock.advance(0);
    expect(server.layer.count).toBe(0);
    client.request(sipRequest("INVITE"), server);
    clock.advance(TIMEOUT_MS - 1);
    expect(server.layer.count).toBe(1);
    clock.advance(1);
    expect(server.layer.count).toBe(0);
  });
});

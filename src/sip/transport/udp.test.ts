import { createSocket } from "node:dgram";
import { describe, expect, onTestFinished, test } from "vitest";
import { next, openSip } from "../../../test/support/open-sip.ts";
import { requestText, sipRequest } from "../../../test/support/sip-messages.ts";
import type { Failure } from "../../core/failure.ts";
import { responseTo } from "../message/build.ts";
import type { Destination, ListenPoint } from "./types.ts";

const VIA = "SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKx";

/** A bare UDP client: sends texts, and waits for the next answer. */
async function rawClient() {
  const socket = createSocket("udp4");
  onTestFinished(() => {
    socket.close();
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    send: (text: string, to: ListenPoint) => socket.send(text, to.port, to.address),
    answer: () =>
      new Promise<{ text: string; port: number }>((resolve) =>
        socket.once("message", (bytes, remote) => resolve({ text: bytes.toString(), port: remote.port })),
      ),
  };
}

const to = ({ address, port }: ListenPoint): Destination => ({ transport: "udp", host: address, port });

describe("UDP", () => {
  test("a request arrives with received and rport forced, and its response goes back out of the same socket", async () => {
    const { transport, point } = await openSip("udp");
    const client = await rawClient();
    transport.events.on("message", (message, source) => {
      if (message.type === "request") transport.send(responseTo(message, 200), source);
    });
    const arrived = next(transport, "message");
    const answer = client.answer();
    client.send(requestText("OPTIONS", { via: [VIA] }), point);
    const [message, source] = await arrived;
    expect(Object.fromEntries(message.headers.via[0]?.params ?? [])).toEqual({
      branch: "z9hG4bKx",
      received: "127.0.0.1",
      rport: String(client.port),
    });
    expect(source).toMatchObject({
      host: "127.0.0.1",
      port: client.port,
      localAddress: "127.0.0.1",
      localPort: point.port,
    });
    const { text, port } = await answer;
    expect(text).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect(port).toBe(point.port);
  });

  test("empty datagrams and keepalives are ignored, and not counted as malformed", async () => {
    const { transport, point } = await openSip("udp");
    const client = await rawClient();
    const malformed: Failure[] = [];
    transport.events.on("malformed", (failure) => malformed.push(failure));
    const arrived = next(transport, "message");
    for (const text of ["", "\r\n\r\n", "\r\n", "\0\0\0\0"]) client.send(text, point);
    client.send(requestText("OPTIONS", { via: [VIA] }), point);
    expect((await arrived)[0]).toMatchObject({ method: "OPTIONS" });
    expect(malformed).toEqual([]);
  });

  test("a malformed request is answered 400 with the reason, in the same way each time, and reported", async () => {
    const { transport, point } = await openSip("udp");
    const client = await rawClient();
    const text = requestText("OPTIONS", { via: [VIA] }).replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE");
    const answers: string[] = [];
    for (let i = 0; i < 2; i++) {
      const reported = next(transport, "malformed");
      const answer = client.answer();
      client.send(text, point);
      answers.push((await answer).text);
      expect((await reported)[0].code).toBe("sip.malformed");
    }
    expect(answers[0]).toMatch(/^SIP\/2\.0 400 Malformed SIP message/);
    expect(answers[0]).toContain(`rport=${client.port}`);
    expect(answers[1]).toBe(answers[0]);
  });

  test.each([
    ["a malformed ACK", requestText("ACK", { via: [VIA] }).replace("CSeq: 1 ACK", "CSeq: 1 BYE")],
    ["a malformed response", "SIP/2.0 400 Bad\r\nVia: ?\r\n\r\n"],
    ["no SIP at all", "GET / HTTP/1.1\r\n\r\n"],
    ["octets at random", "\x16\x03\x01\xff\x00"],
  ])("%s is dropped and reported, never answered", async (_what, text) => {
    const { transport, point } = await openSip("udp");
    const client = await rawClient();
    const reported = next(transport, "malformed");
    client.send(text, point);
    await reported;
    // Were there an answer, it would come before that of the request which follows.
    const answer = client.answer();
    const last = requestText("OPTIONS", { via: [VIA], callId: "the-last" });
    client.send(last.replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), point);
    expect((await answer).text).toContain("the-last");
  });

  test("a host name is resolved, and an address in brackets understood", async () => {
    const { transport, point } = await openSip("udp");
    const arrived = next(transport, "message");
    transport.send(sipRequest("OPTIONS", { via: [VIA] }), { ...to(point), host: "localhost" });
    expect((await arrived)[0]).toMatchObject({ method: "OPTIONS" });
  });

  test("a port nobody listens on disturbs nothing", async () => {
    const { transport, point } = await openSip("udp");
    const closed = await openSip("udp");
    await closed.transport.close();
    const arrived = next(transport, "message");
    for (let i = 0; i < 3; i++) transport.send(sipRequest("OPTIONS", { via: [VIA] }), to(closed.point));
    transport.send(sipRequest("BYE", { via: [VIA] }), to(point));
    expect((await arrived)[0]).toMatchObject({ method: "BYE" });
  });

  test.each<[what: string, code: string, host: string, port: number, body: string]>([
    ["a message of more than 65,000 octets", "sip.too-large", "127.0.0.1", 5060, "x".repeat(65_000)],
    ["port 0", "sip.transport", "127.0.0.1", 0, ""],
    ["a port beyond 65535", "sip.transport", "127.0.0.1", 70_000, ""],
    ["no host", "sip.transport", "", 5060, ""],
    ["an address family without a socket", "sip.transport", "::1", 5060, ""],
  ])("%s fails as %s, after send has returned", async (_what, code, host, port, body) => {
    const { transport } = await openSip("udp");
    let returned = false;
    const failed = new Promise<Failure>((resolve) => {
      transport.send(
        sipRequest("OPTIONS", { via: [VIA], body }),
        { transport: "udp", host, port },
        (failure) => {
          expect(returned).toBe(true);
          resolve(failure);
        },
      );
    });
    returned = true;
    expect((await failed).code).toBe(code);
  });

  test("a closed transport fails to send", async () => {
    const { transport, point } = await openSip("udp");
    await transport.close();
    const failed = new Promise<Failure>((resolve) =>
      transport.send(sipRequest("OPTIONS", { via: [VIA] }), to(point), resolve),
    );
    expect((await failed).code).toBe("sip.transport");
  });
});

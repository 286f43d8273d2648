import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.ts";
import { connectRaw, next, nextMessages, openSip } from "../../../test/support/open-sip.ts";
import { requestText, sipRequest } from "../../../test/support/sip-messages.ts";
import type { Failure } from "../../core/failure.ts";
import { responseTo } from "../message/build.ts";
import { responseDestination } from "./response-destination.ts";
import type { Destination, ListenPoint, Transport } from "./types.ts";

const VIA = "SIP/2.0/TCP 10.0.0.1:9999;branch=z9hG4bKx";
const text = (method: string, body = "") => requestText(method, { via: [VIA], body });
const request = (method: string) => sipRequest(method, { via: [VIA] });
const to = ({ address, port }: ListenPoint): Destination => ({ transport: "tcp", host: address, port });

function failureOf(transport: Transport, destination: Destination): Promise<Failure> {
  return new Promise((resolve) => transport.send(request("OPTIONS"), destination, resolve));
}

describe("messages on a TCP connection", () => {
  test("several in one segment arrive as several, in order", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const arrived = nextMessages(transport, 3);
    client.socket.write(text("OPTIONS") + text("INFO", "body") + text("BYE"));
    expect((await arrived).map(([message]) => message.type === "request" && message.method)).toEqual([
      "OPTIONS",
      "INFO",
      "BYE",
    ]);
  });

  test("one in many segments arrives as one, with received and rport forced", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    client.socket.setNoDelay(true);
    const arrived = next(transport, "message");
    for (const octet of text("INFO", "split")) {
      await new Promise((resolve) => client.socket.write(octet, resolve));
    }
    const [message, source] = await arrived;
    expect(new TextDecoder().decode(message.body)).toBe("split");
    expect(message.headers.via[0]?.params.get("received")).toBe("127.0.0.1");
    expect(message.headers.via[0]?.params.get("rport")).toBe(String(source.port));
    expect(source).toMatchObject({ transport: "tcp", localAddress: "127.0.0.1", localPort: point.port });
  });

  test("a double CRLF is answered by a single one", async () => {
    const { point } = await openSip("tcp");
    const client = await connectRaw(point);
    client.socket.write("\r\n\r\n");
    expect(await client.until("\r\n")).toBe("\r\n");
  });

  test("a malformed request in a sound frame is answered 400 and the connection goes on", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    client.socket.write(text("OPTIONS").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE") + text("BYE"));
    expect((await arrived)[0]).toMatchObject({ method: "BYE" });
    expect(await client.until("\r\n\r\n")).toMatch(/^SIP\/2\.0 400 /);
  });

  test("a request without Content-Length is answered 400, and the connection closed", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const reported = next(transport, "malformed");
    client.socket.write(text("OPTIONS").replace("Content-Length: 0\r\n", "") + text("BYE"));
    expect((await reported)[0].code).toBe("sip.malformed");
    expect(await client.closed()).toMatch(/^SIP\/2\.0 400 /);
  });

  test("garbage is answered by nothing, and the connection closed", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const ended = next(transport, "closed");
    client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await client.closed()).toBe("");
    await ended;
  });

  test("an ACK without Content-Length closes the connection and is never answered", async () => {
    const { point } = await openSip("tcp");
    const client = await connectRaw(point);
    client.socket.write(text("ACK").replace("Content-Length: 0\r\n", ""));
    expect(await client.closed()).toBe("");
  });

  test("a peer that closes in the middle of a message leaves nothing behind", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const told: string[] = [];
    transport.events.on("message", () => told.push("message"));
    transport.events.on("malformed", () => told.push("malformed"));
    const ended = next(transport, "closed");
    client.socket.end(text("INFO", "half a body").slice(0, -4));
    await ended;
    expect(told).toEqual([]);
  });
});

describe("which connection a message takes", () => {
  test("a response takes the connection of its request, and so does a later request to that peer", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    client.socket.write(text("OPTIONS"));
    const [message, source] = await arrived;
    if (message.type === "request")
      transport.send(responseTo(message, 200), responseDestination(message, source));
    await client.until("SIP/2.0 200");
    transport.send(request("INFO"), source);
    await client.until("INFO sip:");
    const { transport: name, host, port } = source;
    transport.send(request("BYE"), { transport: name, host, port });
    await client.until("BYE sip:");
  });

  test("two messages to one peer share a connection, and its answers come back on it", async () => {
    const ours = await openSip("tcp");
    const theirs = await openSip("tcp");
    const arrived = nextMessages(theirs.transport, 2);
    ours.transport.send(request("OPTIONS"), to(theirs.point));
    ours.transport.send(request("BYE"), to(theirs.point));
    const [first, second] = await arrived;
    expect(first?.[1].flow).toBe(second?.[1].flow);
    const answered = next(ours.transport, "message");
    if (first?.[0].type === "request") theirs.transport.send(responseTo(first[0], 200), first[1]);
    const [answer, source] = await answered;
    expect(answer).toMatchObject({ status: 200 });
    expect(source).toMatchObject({ host: "127.0.0.1", port: theirs.point.port, localPort: ours.point.port });
  });

  test("a response whose connection has gone opens a new one to the port of the Via", async () => {
    const { transport, point } = await openSip("tcp");
    const other = await openSip("tcp");
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    const ended = next(transport, "closed");
    const via = `SIP/2.0/TCP 127.0.0.1:${other.point.port};branch=z9hG4bKx`;
    client.socket.end(requestText("OPTIONS", { via: [via] }));
    const [message, source] = await arrived;
    await ended;
    const answered = next(other.transport, "message");
    if (message.type === "request")
      transport.send(responseTo(message, 200), responseDestination(message, source));
    expect((await answered)[0]).toMatchObject({ status: 200 });
  });
});

test("a connection that the peer has begun to close is not used again", async () => {
  const { transport, point } = await openSip("tcp");
  const other = await openSip("tcp");
  const client = await connectRaw(point);
  const arrived = next(transport, "message");
  client.socket.write(text("OPTIONS"));
  const [, source] = await arrived;
  const ended = next(transport, "closed");
  client.socket.end();
  await ended;
  const reached = next(other.transport, "message");
  transport.send(request("BYE"), { ...to(other.point), flow: source.flow });
  expect((await reached)[0]).toMatchObject({ method: "BYE" });
});

describe("the limits of a connection", () => {
  test("a peer nobody listens for fails as sip.transport, for every message that waited", async () => {
    const { transport } = await openSip("tcp");
    const gone = await openSip("tcp");
    await gone.transport.close();
    const failures = await Promise.all([
      failureOf(transport, to(gone.point)),
      failureOf(transport, to(gone.point)),
    ]);
    expect(failures.map((failure) => failure.code)).toEqual(["sip.transport", "sip.transport"]);
  });

  test("an idle connection is closed after its time, counted from the last byte", async () => {
    const clock = new ManualClock();
    const { transport, point } = await openSip("tcp", { clock, idleMs: 60_000 });
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    const ended = next(transport, "closed");
    client.socket.write(text("OPTIONS"));
    await arrived;
    clock.advance(59_000);
    const again = next(transport, "message");
    client.socket.write(text("BYE"));
    await again;
    clock.advance(59_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await ended;
    await client.closed();
    expect(clock.pending).toBe(0);
  });

  test("a connection that brings no message is closed after 32 s, keepalives or not", async () => {
    const clock = new ManualClock();
    const { transport, point } = await openSip("tcp", { clock });
    const client = await connectRaw(point);
    client.socket.write("\r\n\r\n");
    await client.until("\r\n");
    clock.advance(20_000);
    client.socket.write("\r\n\r\n");
    await client.until("\r\n\r\n");
    const ended = next(transport, "closed");
    clock.advance(11_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await ended;
    await client.closed();
  });

  test("a peer that does not read is cut off when too much waits for it", async () => {
    const { transport, point } = await openSip("tcp", { maxQueuedBytes: 2_000 });
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    client.socket.write(text("OPTIONS"));
    const [, source] = await arrived;
    client.socket.pause();
    const ended = next(transport, "closed");
    const failed = new Promise<Failure>((resolve) => {
      const body = "x".repeat(60_000);
      transport.send(sipRequest("INFO", { via: [VIA], body }), source, resolve);
    });
    expect((await failed).code).toBe("sip.transport");
    await ended;
  });

  test("connections beyond the limit are turned away", async () => {
    const { transport, point } = await openSip("tcp", { maxConnections: 1 });
    const first = await connectRaw(point);
    const arrived = next(transport, "message");
    first.socket.write(text("OPTIONS"));
    await arrived;
    const second = await connectRaw(point);
    expect(await second.closed()).toBe("");
    expect(first.socket.readyState).toBe("open");
    const elsewhere = await openSip("tcp");
    expect((await failureOf(transport, to(elsewhere.point))).detail).toContain("too many connections");
  });

  test("closing the transport ends every connection and frees the port", async () => {
    const { transport, point } = await openSip("tcp");
    const client = await connectRaw(point);
    const arrived = next(transport, "message");
    client.socket.write(text("OPTIONS"));
    await arrived;
    await transport.close();
    await client.closed();
    const again = createServer().listen(point.port, point.address);
    onTestFinished(() => {
      again.close();
    });
    await new Promise((resolve) => again.once("listening", resolve));
  });
});

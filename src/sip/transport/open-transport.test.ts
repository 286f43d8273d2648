import { createSocket } from "node:dgram";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectRaw, next, openSip } from "../../../test/support/open-sip.ts";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { systemClock } from "../../core/clock.ts";
import type { Failure } from "../../core/failure.ts";
import { messageOf } from "../../core/failure.ts";
import { responseTo } from "../message/build.ts";
import { openTransport } from "./open-transport.ts";
import type { ListenPoint, TlsFiles, TransportName } from "./types.ts";

const pem = (name: string) => join(import.meta.dirname, "../../../test/support/tls", name);
const TLS: TlsFiles = { certificate: pem("cert.pem"), key: pem("key.pem"), authorities: pem("cert.pem") };
const free = (transport: TransportName): ListenPoint => ({ transport, address: "127.0.0.1", port: 0 });

async function failureOf(listen: ListenPoint[], tls?: TlsFiles): Promise<Failure | undefined> {
  const opened = await openTransport(listen, { clock: systemClock(), ...(tls === undefined ? {} : { tls }) });
  if (!opened.ok) return opened.error;
  await opened.value.close();
  return undefined;
}

describe("opening", () => {
  test("every point listens, with the port it really got", async () => {
    const opened = await openTransport([free("udp"), free("tcp"), free("tls")], {
      clock: systemClock(),
      tls: TLS,
    });
    if (!opened.ok) throw new Error(messageOf(opened.error));
    onTestFinished(() => opened.value.close());
    expect(opened.value.listening.map(({ transport }) => transport)).toEqual(["udp", "tcp", "tls"]);
    expect(opened.value.listening.every(({ port }) => port > 0)).toBe(true);
  });

  test.each(["udp", "tcp"] as const)("a %s port in use is named", async (transport) => {
    const { point } = await openSip(transport);
    expect(await failureOf([point])).toEqual({
      code: "listen.port-in-use",
      detail: `${transport}://127.0.0.1:${point.port}`,
    });
  });

  test.each(["udp", "tcp"] as const)(
    "a %s address that is not ours is named with the reason",
    async (transport) => {
      expect(await failureOf([{ transport, address: "203.0.113.1", port: 5060 }])).toEqual({
        code: "listen.failed",
        detail: `${transport}://203.0.113.1:5060 (EADDRNOTAVAIL)`,
      });
    },
  );

  test("with one point that fails, those before it are closed again", async () => {
    const taken = await openSip("tcp");
    const probe = await openSip("udp");
    await probe.transport.close();
    expect((await failureOf([probe.point, taken.point]))?.code).toBe("listen.port-in-use");
    const again = createSocket("udp4").bind(probe.point.port, probe.point.address);
    onTestFinished(() => {
      again.close();
    });
    await new Promise((resolve) => again.once("listening", resolve));
  });

  test.each<[what: string, tls: TlsFiles | undefined, detail: RegExp]>([
    [
      "a certificate that is not there",
      { ...TLS, certificate: "/nowhere/cert.pem" },
      /^\/nowhere\/cert\.pem \(ENOENT\)$/,
    ],
    ["a key that is not there", { ...TLS, key: "/nowhere/key.pem" }, /^\/nowhere\/key\.pem \(ENOENT\)$/],
    [
      "a key of another certificate",
      { ...TLS, key: pem("other-key.pem") },
      /cert\.pem with .*other-key\.pem \(.+\)$/,
    ],
    ["a certificate that is none", { ...TLS, certificate: pem("README.md") }, /README\.md with /],
    ["no certificate at all", undefined, /^sip\.tls is not set$/],
  ])("%s is named", async (_what, tls, detail) => {
    const failure = await failureOf([free("tls")], tls);
    expect(failure?.code).toBe("config.certificate");
    expect(failure?.detail).toMatch(detail);
  });
});

describe("the local address", () => {
  test("a wildcard point is advertised at an address, and with the port it got", async () => {
    const opened = await openTransport([{ transport: "udp", address: "0.0.0.0", port: 0 }], {
      clock: systemClock(),
    });
    if (!opened.ok) throw new Error(messageOf(opened.error));
    onTestFinished(() => opened.value.close());
    const port = opened.value.listening[0]?.port;
    expect(opened.value.localFor({ transport: "udp", host: "127.0.0.1", port: 5060 })).toEqual({
      address: "127.0.0.1",
      port,
    });
    expect(opened.value.localFor({ transport: "udp", host: "198.51.100.1", port: 5060 }).address).not.toBe(
      "0.0.0.0",
    );
  });

  test("a transport nobody listens on is advertised at the first point", async () => {
    const { transport, point } = await openSip("udp");
    expect(transport.localFor({ transport: "tcp", host: "127.0.0.1", port: 5060 })).toEqual({
      address: "127.0.0.1",
      port: point.port,
    });
  });
});

describe("TLS", () => {
  const request = sipRequest("OPTIONS", { via: ["SIP/2.0/TLS localhost;branch=z9hG4bKx"] });

  test("carries a request and its response on one connection", async () => {
    const ours = await openSip("tls", { tls: TLS });
    const theirs = await openSip("tls", { tls: TLS });
    theirs.transport.events.on("message", (message, source) => {
      if (message.type === "request") theirs.transport.send(responseTo(message, 200), source);
    });
    const answered = next(ours.transport, "message");
    ours.transport.send(request, { transport: "tls", host: "localhost", port: theirs.point.port });
    const [answer, source] = await answered;
    expect(answer).toMatchObject({ status: 200 });
    expect(source).toMatchObject({ transport: "tls", localPort: ours.point.port });
  });

  test("a server that nobody vouches for is not spoken to", async () => {
    const ours = await openSip("tls", { tls: { certificate: TLS.certificate, key: TLS.key } });
    const theirs = await openSip("tls", { tls: TLS });
    const failed = new Promise<Failure>((resolve) =>
      ours.transport.send(request, { transport: "tls", host: "localhost", port: theirs.point.port }, resolve),
    );
    expect((await failed).code).toBe("sip.transport");
  });

  test("closing does not wait for a client that never shakes hands", async () => {
    const { transport, point } = await openSip("tls", { tls: TLS });
    const silent = await connectRaw(point);
    // A later client has been served: the silent one has been accepted too.
    const served = next(transport, "message");
    const other = await openSip("tls", { tls: TLS });
    other.transport.send(request, { transport: "tls", host: "localhost", port: point.port });
    await served;
    await transport.close();
    await silent.closed();
  });
});

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../src/app/config/load.ts";
import { startServer } from "../../src/app/server.ts";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { frames, hears } from "../support/floor.ts";
import { RtpStream } from "../support/phone/rtp-stream.ts";
import { until } from "../support/phone/until.ts";
import { isFree } from "../support/udp-leg.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(async () => {
  await exchange.clear();
  // Whatever came before: a call is served, and nothing of it stays.
  const { customer, agent } = await exchange.talk();
  await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
  await exchange.clear();
});
afterAll(() => exchange.close());

/** A request by hand; `lines` stand behind the header fields that every request has. */
function request(method: string, lines: readonly string[], port = 5060, toTag = ""): string {
  return [
    `${method} sip:1001@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${Math.random()};rport`,
    "Max-Forwards: 70",
    "From: <sip:2001@127.0.0.1>;tag=hand",
    `To: <sip:1001@127.0.0.1>${toTag}`,
    `Call-ID: ${Math.random()}`,
    `CSeq: 1 ${method}`,
    "Contact: <sip:2001@127.0.0.1>",
    ...lines,
    "",
    "",
  ].join("\r\n");
}

/** Sends datagrams to the server and returns what came back once an OPTIONS behind them is answered. */
async function say(...datagrams: (string | Uint8Array)[]): Promise<string[]> {
  const socket = createSocket("udp4");
  const heard: string[] = [];
  socket.on("message", (bytes) => heard.push(bytes.toString("latin1")));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const last = request("OPTIONS", ["Content-Length: 0"], socket.address().port);
  for (const datagram of [...datagrams, last]) socket.send(datagram, exchange.server.udp.port, "127.0.0.1");
  const callId = /Call-ID: (\S+)/.exec(last)?.[1] ?? "";
  await until("the answer to OPTIONS", () => heard.some((one) => one.includes(callId)));
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return heard.filter((one) => !one.includes(callId));
}

const statusOf = (answer: string | undefined) => Number(answer?.slice(8, 11));

describe("over UDP", () => {
  test.each<[string, string | Uint8Array]>([
    ["an empty datagram", ""],
    ["zeros", new Uint8Array(200)],
    ["random bytes", Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) & 0xff)],
    ["half a start line", "INVITE sip:"],
    ["a response to nothing", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n\r\n"],
    ["a request without header fields", "INVITE sip:1001@127.0.0.1 SIP/2.0\r\n\r\n"],
    ["sixty kilobytes of one line", "A".repeat(60_000)],
    ["a STUN binding request", Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12))],
  ])("%s is survived", async (_name, datagram) => {
    for (const answer of await say(datagram)) expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
  });

  test.each<[string, string, number]>([
    ["says more than there is", "Content-Length: 500", 400],
    ["is no number", "Content-Length: many", 400],
  ])("a Content-Length that %s is refused with 400", async (_name, line, status) => {
    const [answer] = await say(request("INVITE", [line]));
    expect(statusOf(answer)).toBe(status);
  });

  test.each(["BYE", "INFO", "INVITE", "OPTIONS"])(
    "a %s in a dialog that is not is answered 481",
    async (method) => {
      const answers = await say(request(method, ["Content-Length: 0"], 5060, ";tag=never"));
      expect(statusOf(answers.at(-1))).toBe(481);
    },
  );

  test("a CANCEL of nothing is answered 481, an ACK of nothing not at all", async () => {
    const answers = await say(
      request("CANCEL", ["Content-Length: 0"]),
      request("ACK", ["Content-Length: 0"], 5060, ";tag=never"),
    );
    expect(answers.map(statusOf)).toEqual([481]);
  });

  test("a method that nobody knows is answered 501", async () => {
    const [answer] = await say(request("DANCE", ["Content-Length: 0"]));
    expect(statusOf(answer)).toBe(501);
  });
});

describe("over TCP", () => {
  /** Sends bytes over a connection of their own; resolves once the server has hung up or answered. */
  async function pour(bytes: string | Uint8Array): Promise<string> {
    const socket = connect(exchange.server.tcp.port, "127.0.0.1");
    let heard = "";
    let isClosed = false;
    socket.on("data", (data) => {
      heard += data.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      isClosed = true;
    });
    socket.write(bytes);
    await until("an answer or the end", () => isClosed || heard !== "");
    socket.destroy();
    return heard;
  }

  test.each<[string, string | Uint8Array]>([
    ["an endless line", "A".repeat(200_000)],
    ["random bytes", Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) & 0xff)],
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["a message without Content-Length", request("OPTIONS", []).replace("/UDP", "/TCP")],
    [
      "a Content-Length beyond all bounds",
      request("OPTIONS", ["Content-Length: 99999999"]).replace("/UDP", "/TCP"),
    ],
  ])("%s ends the connection or is refused", async (_name, bytes) => {
    const heard = await pour(bytes);
    if (heard !== "") expect(statusOf(heard)).toBeGreaterThanOrEqual(400);
  });

  test("a message in many pieces, and two in one, are each answered", async () => {
    const socket = connect(exchange.server.tcp.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (data) => {
      heard += data.toString("latin1");
    });
    const one = () => request("OPTIONS", ["Content-Length: 0"]).replace("/UDP", "/TCP");
    for (const byte of one()) socket.write(byte);
    socket.write(one() + one());
    await until("three answers", () => heard.split("SIP/2.0 200").length === 4);
    socket.destroy();
  });
});

describe("in the media", () => {
  test("a stranger's packets are dropped and counted, and heard by nobody", async () => {
    const { customer, agent } = await exchange.talk();
    await Promise.all([hears(customer, ["agent"]), hears(agent, ["customer"])]);
    const port = exchange.server.calls.all()[0]?.parties[0].port ?? "";
    const to = customer.remoteSdp;
    const stranger = await RtpStream.open();
    const packet = new Uint8Array(172).fill(0x55);
    packet.set([0x80, 8, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9]);
    for (let i = 0; i < 5; i++) stranger.sendRaw(packet, { address: "127.0.0.1", port: to?.port ?? 0 });
    const seen: { strangers?: number } = {};
    const look = async () => {
      seen.strangers = (await exchange.server.engine.statistics(port))?.strangers ?? 0;
    };
    await until("five strangers", () => {
      void look();
      return seen.strangers === 5;
    });
    await frames(agent, 10);
    await hears(agent, ["customer"]);
    await stranger.close();
  });

  test("without a free port is refused with 503, for the caller's leg and for the callee's", async () => {
    const small = await openExchange({ ports: "29000-29005" });
    const { customer } = await small.talk();
    const phone = await small.phone("customer", { registered: false });
    // One pair is left: the caller's leg gets it, the callee's finds none.
    expect(await (await phone.call("1001")).ended()).toMatchObject({ status: 503 });
    const supervisor = await (await small.phone("supervisor")).call("*901001");
    await supervisor.answered();
    expect(await (await phone.call("1001")).ended()).toMatchObject({
      status: 503,
      reason: "No free media port: widen media.ports",
    });
    await hears(customer, ["agent"]);
    await small.clear();
    for (const port of [29000, 29001, 29002, 29003, 29004, 29005]) expect(await isFree(port)).toBe(true);
    const again = await small.talk();
    await hears(again.customer, ["agent"]);
    await small.clear();
    await small.close();
  });
});

describe("at the start", () => {
  const configured = (yaml: string) =>
    readConfiguration(`${yaml}\nstore: { path: ":memory:" }`, "test.yaml", {});

  test.each(["udp", "tcp"] as const)(
    "a port in use over %s stops the start and says which",
    async (transport) => {
      const { port } = exchange.server[transport];
      const configuration = configured(`sip: { listen: ["${transport}://127.0.0.1:${port}"] }`);
      if (!configuration.ok) throw new Error("not configured");
      expect(await startServer(configuration.value, pino({ level: "silent" }))).toMatchObject({
        ok: false,
        error: { code: "listen.port-in-use", detail: expect.stringContaining(String(port)) },
      });
    },
  );

  test("a missing certificate is found before anything is opened, and the file is named", () => {
    const configuration = configured(
      'sip: { listen: ["tls://127.0.0.1:0"], tls: { certificate: /nowhere/cert.pem, key: /nowhere/key.pem } }',
    );
    expect(configuration).toMatchObject({ ok: false });
    expect(JSON.stringify(configuration)).toContain("config.certificate");
    expect(JSON.stringify(configuration)).toContain("/nowhere/cert.pem");
  });
});

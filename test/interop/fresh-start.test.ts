import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerDigest } from "../support/phone/digest.ts";
import { Baresip } from "./baresip.ts";
import { Floorwalker, USERS } from "./floorwalker.ts";

describe("npm start -- --config FILE", () => {
  let server: Floorwalker;
  beforeEach(async () => {
    server = await Floorwalker.start();
  });
  afterEach(async () => server.remove());

  test("says where it is ready, one line, and answers OPTIONS and REGISTER", async () => {
    expect(server.output.match(/^ready .*/gm)).toEqual([
      `ready udp://127.0.0.1:${server.port} tcp://127.0.0.1:${server.port}`,
    ]);
    expect(await answerTo(server.port, request("OPTIONS", server.port))).toMatch(/^SIP\/2\.0 200 /);

    const challenged = await answerTo(server.port, request("REGISTER", server.port));
    expect(challenged).toMatch(/^SIP\/2\.0 401 /);
    const challenge = /^WWW-Authenticate: (.*)$/im.exec(challenged)?.[1] ?? "";
    const { extension, password } = USERS.agent;
    const uri = `sip:127.0.0.1:${server.port}`;
    const proof = answerDigest(challenge, { username: extension, password }, "REGISTER", uri);
    const registered = await answerTo(server.port, request("REGISTER", server.port, proof));
    expect(registered).toMatch(/^SIP\/2\.0 200 /);
    expect(registered).toMatch(/^Contact: .*1001@127\.0\.0\.1/im);
  });

  test("ends with 0 within 5 s of SIGTERM, and its ports are free again", async () => {
    expect(await server.stop()).toBe(0);
    expect(await server.portsAreFree()).toBe(true);
  });

  test("hangs up the calls of its phones before it ends", async () => {
    const phones = await talkingPhones(server);
    try {
      expect(await server.stop()).toBe(0);
      for (const phone of phones) await phone.event("CALL_CLOSED");
      expect(await server.portsAreFree()).toBe(true);
    } finally {
      await Promise.all(phones.map((phone) => phone.stop()));
    }
  });

  test("hangs up the calls of its phones at a Ctrl-C too, which npm doubles", async () => {
    const phones = await talkingPhones(server);
    try {
      expect(await server.interrupt()).toBe(0);
      for (const phone of phones) await phone.event("CALL_CLOSED");
      expect(await server.portsAreFree()).toBe(true);
    } finally {
      await Promise.all(phones.map((phone) => phone.stop()));
    }
  });
});

/** An agent and a customer who talk to each other. */
async function talkingPhones(server: Floorwalker): Promise<Baresip[]> {
  const agent = await Baresip.start({ ...USERS.agent, server: server.port, tone: 450 });
  const customer = await Baresip.start({ ...USERS.customer, server: server.port, tone: 1050 });
  await agent.register();
  await customer.register();
  customer.dial(USERS.agent.extension);
  await customer.event("CALL_ESTABLISHED");
  await agent.event("CALL_ESTABLISHED");
  return [agent, customer];
}

let requests = 0;

/** A request outside a dialog; whoever sends it writes its own port for `[port]`. */
function request(method: string, port: number, authorization?: string): string {
  const id = ++requests;
  return [
    `${method} sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:[port];branch=z9hG4bK-fresh-${id};rport`,
    "Max-Forwards: 70",
    `From: <sip:${USERS.agent.extension}@127.0.0.1:${port}>;tag=fresh-${id}`,
    `To: <sip:${method === "REGISTER" ? `${USERS.agent.extension}@` : ""}127.0.0.1:${port}>`,
    `Call-ID: fresh-${id}@127.0.0.1`,
    `CSeq: ${id} ${method}`,
    `Contact: <sip:${USERS.agent.extension}@127.0.0.1:[port]>`,
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

/** What the server answers to a request that is sent once, from a socket of its own. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const answer = once(socket, "message", { signal: AbortSignal.timeout(5_000) });
    socket.send(text.replaceAll("[port]", `${socket.address().port}`), port, "127.0.0.1");
    const [bytes] = await answer;
    return String(bytes);
  } finally {
    socket.close();
  }
}

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPhone, type Phone, type PhoneOptions } from "./phone/phone.ts";
import { until } from "./phone/until.ts";
import { startTestServer, type TestServer } from "./server.ts";

const TONES = { agent: 450, customer: 700 };
const USERS = `
users:
  - { extension: "1001", password: a, role: agent, team: sales }
  - { extension: "2001", password: c, role: customer }
`;

let server: TestServer;
const phones: Phone[] = [];

beforeEach(async () => {
  server = await startTestServer(USERS);
});

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.close()));
  await server.close();
});

async function phone(
  options: Pick<PhoneOptions, "extension" | "password" | "server" | "tone">,
): Promise<Phone> {
  const made = await createPhone(options);
  phones.push(made);
  return made;
}

const agent = (over: "udp" | "tcp") =>
  phone({
    extension: "1001",
    password: "a",
    server: server[over],
    tone: { hz: TONES.agent, levelDbfs: -15 },
  });
const customer = (over: "udp" | "tcp") =>
  phone({
    extension: "2001",
    password: "c",
    server: server[over],
    tone: { hz: TONES.customer, levelDbfs: -15 },
  });

describe("a simulated phone and the real server", () => {
  test.each([
    ["udp", "udp"],
    ["udp", "tcp"],
    ["tcp", "udp"],
    ["tcp", "tcp"],
  ] as const)("register and talk: the caller over %s, the callee over %s", async (callerOver, calleeOver) => {
    const callee = await agent(calleeOver);
    const caller = await customer(callerOver);
    expect((await callee.register()).status).toBe(200);
    const call = await caller.call("1001");
    await call.answered();
    const answered = await callee.nextCall();
    const heard = () => ({
      byCaller: call.media.recorder.levels(TONES),
      byCallee: answered.media.recorder.levels(TONES),
    });
    await until(
      "each hears the other",
      () => heard().byCaller.agent > -17 && heard().byCallee.customer > -17,
    );
    expect(heard().byCaller.customer).toBeLessThan(-60);
    expect(heard().byCallee.agent).toBeLessThan(-60);
    await call.hangup();
    expect(await answered.ended()).toMatchObject({ by: "them" });
    await until(
      "nothing lives",
      () => server.counts().calls + server.counts().ports + server.counts().sessions === 0,
    );
    expect([callee.malformed, caller.malformed]).toEqual([0, 0]);
  });

  test("disagree about a wrong password, and about an unknown user in the same way", async () => {
    const wrong = await phone({ extension: "1001", password: "b", server: server.udp });
    const unknown = await phone({ extension: "9999", password: "b", server: server.udp });
    expect((await wrong.register()).status).toBe((await unknown.register()).status);
    expect(wrong.log.at(-1)?.message).toMatchObject({ status: 401 });
  });

  test("agree that nobody answers an extension that is not there, or not registered", async () => {
    const caller = await customer("udp");
    expect(await (await caller.call("1234")).ended()).toMatchObject({ by: "them", status: 404 });
    expect(await (await caller.call("1001")).ended()).toMatchObject({ by: "them", status: 480 });
  });

  test("forget each other after unregistering", async () => {
    const callee = await agent("udp");
    await callee.register();
    expect((await callee.unregister()).status).toBe(200);
    const caller = await customer("udp");
    expect(await (await caller.call("1001")).ended()).toMatchObject({ status: 480 });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { startTestServer, type TestServer } from "../support/server.ts";
import { Echo } from "./echo.ts";
import { USERS } from "./floorwalker.ts";
import { SippPhone } from "./sipp.ts";

/** A fifth of RFC 3261's: long enough for a busy machine, and what lingers after the last call is gone in seconds. */
const TIMERS = { t1: 100, t2: 800, t4: 1_000 };
const LINGER_MS = 64 * TIMERS.t1 + 10_000;

const CALLS = 500;
const CALLS_PER_SECOND = 20;
const CONCURRENT_CALLS = 20;
/** The capture holds a packet every 30 ms, and a call lasts 400 ms; a busy machine sends them late or not at all. */
const LEAST_PACKETS_PER_CALL = 5;

const CLEAN = { exitCode: 0, failed: 0, errors: "" };

let server: TestServer;
let echo: Echo;
let customer: SippPhone;
let agent: SippPhone;

beforeAll(async () => {
  // SIPp 3.6 answers a challenge of MD5 only.
  const yaml = stringify({
    auth: { algorithms: ["MD5"] },
    users: Object.values(USERS),
    store: { path: ":memory:" },
  });
  server = await startTestServer(yaml, { substitutes: { timers: TIMERS } });
  echo = await Echo.open();
  const ports = { udp: server.udp.port, tcp: server.tcp.port };
  customer = await SippPhone.create({ ...USERS.customer, server: ports });
  agent = await SippPhone.create({ ...USERS.agent, server: ports });
  expect(await agent.register()).toMatchObject({ ...CLEAN, successful: 1 });
});

afterEach(async () => {
  await customer.endRuns();
  await agent.endRuns();
});

afterAll(async () => {
  await customer?.stop();
  await agent?.stop();
  echo?.close();
  await server?.close();
});

describe.each(["udp", "tcp"] as const)("SIPp over %s", (transport) => {
  test("asks OPTIONS and is told what the server can do", async () => {
    expect(await customer.run("options", { transport })).toMatchObject({ ...CLEAN, successful: 1 });
  });

  test("registers by digest", async () => {
    expect(await customer.register({ transport })).toMatchObject({ ...CLEAN, successful: 1 });
  });

  test.each<[what: string, caller: string, callee: string]>([
    ["calls, is answered and hangs up", "caller", "callee"],
    ["gives up while it rings, and the callee stops ringing", "cancelling-caller", "ringing-callee"],
    ["hears that the callee is busy", "refused-caller", "busy-callee"],
  ])("%s", async (_what, callerScenario, calleeScenario) => {
    const callee = await agent.begin(calleeScenario, { audio: echo.port });
    const caller = await customer.run(callerScenario, { transport, dials: USERS.agent.extension });
    expect(caller).toMatchObject({ ...CLEAN, successful: 1 });
    expect(await callee.outcome()).toMatchObject({ ...CLEAN, successful: 1 });
  });
});

test(`${CALLS} calls with audio, not one fails, and nothing of them is left in the server`, async () => {
  const before = echo.received;
  const callee = await agent.begin("callee", { audio: echo.port, calls: CALLS, timeoutSeconds: 90 });
  const caller = await customer.run("caller", {
    dials: USERS.agent.extension,
    calls: CALLS,
    rate: CALLS_PER_SECOND,
    concurrent: CONCURRENT_CALLS,
    timeoutSeconds: 90,
  });
  const packets = echo.received - before;
  console.log(
    `${caller.successful} calls, ${caller.failed} failed, ${caller.retransmissions} retransmissions; ${packets} RTP packets reached the callee`,
  );
  expect(caller).toMatchObject({ ...CLEAN, successful: CALLS });
  expect(await callee.outcome()).toMatchObject({ ...CLEAN, successful: CALLS });
  expect(packets).toBeGreaterThan(CALLS * LEAST_PACKETS_PER_CALL);
  await server.quiet(LINGER_MS);
}, 150_000);

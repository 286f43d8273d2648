import { networkInterfaces } from "node:os";
import { afterEach, expect, test } from "vitest";
import { USERS } from "./floorwalker.ts";
import { readLedger } from "./ledger.ts";
import { SippPhone } from "./sipp.ts";
import { expectHeard, ThreePhones } from "./three-phones.ts";

let floor: ThreePhones | undefined;
afterEach(async () => {
  await floor?.stop();
  floor = undefined;
});

test("a key that comes by SIP INFO switches the mode", async () => {
  floor = await ThreePhones.start();
  const { port, database } = floor.server;
  await floor.connect();
  const supervisor = await SippPhone.create({ ...USERS.supervisor, server: { udp: port, tcp: port } });
  const outcome = await supervisor.run("info-supervisor", { dials: `*90${USERS.agent.extension}` });
  await supervisor.stop();
  expect(outcome).toMatchObject({ exitCode: 0, successful: 1, errors: "" });

  expect(await floor.server.stop()).toBe(0);
  const heardByAgent = readLedger(database).filter(({ listener }) => listener === USERS.agent.extension);
  expect(heardByAgent.map(({ event, speaker, mode, reason }) => ({ event, speaker, mode, reason }))).toEqual([
    { event: "opened", speaker: USERS.supervisor.extension, mode: "whisper", reason: "key" },
    { event: "closed", speaker: USERS.supervisor.extension, mode: "whisper", reason: "key" },
  ]);
});

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const hasAnotherAddress = addresses.some(({ internal, family }) => !internal && family === "IPv4");

// Needs an address besides loopback's, for the phones to give in their SDP.
test.skipIf(!hasAnotherAddress)(
  "phones whose audio comes from elsewhere than their SDP says hear each other",
  async () => {
    const elsewhere = { advertises: "another" } as const;
    floor = await ThreePhones.start({ customer: elsewhere, supervisor: elsewhere });
    await floor.connect();
    await floor.supervise("*90");
    const monitored = await floor.measure();
    expectHeard(monitored.agent, ["customer"]);
    expectHeard(monitored.customer, ["agent"]);
    expectHeard(monitored.supervisor, ["agent", "customer"]);
  },
);

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPhone, type Phone } from "../../../test/support/phone/phone.ts";
import type { PhoneCall } from "../../../test/support/phone/phone-call.ts";
import { messageOf } from "../../core/failure.ts";
import { listenUrl, parseListenUrl } from "../config/listen-url.ts";
import { readConfiguration } from "../config/load.ts";
import type { Host } from "../host.ts";
import { createLog } from "../log.ts";
import type { RunningServer } from "../server.ts";
import {
  type Expected,
  levelTable,
  type Measured,
  PEOPLE,
  type Person,
  SPOKEN_DBFS,
  score,
} from "./level-table.ts";

/** One tone for each, none a multiple of another. */
const TONES_HZ = { agent: 450, customer: 700, supervisor: 1150 } as const satisfies Record<Person, number>;
const EXTENSIONS = { agent: "1001", customer: "2001", supervisor: "3001" } as const satisfies Record<
  Person,
  string
>;

/** What lies between a step and the audio that is measured: key events take 160 ms, jitter buffers some frames. */
const SETTLE_MS = 500;
const WINDOW_MS = 400;

type Calls = Partial<Record<Person, PhoneCall>>;

interface Step {
  readonly title: string;
  readonly expected: Expected;
  run(phones: Readonly<Record<Person, Phone>>, calls: Calls): Promise<Calls>;
}

const ALONE: Expected = { agent: ["customer"], customer: ["agent"] };
const MONITOR: Expected = { ...ALONE, supervisor: ["agent", "customer"] };
const WHISPER: Expected = { ...MONITOR, agent: ["customer", "supervisor"] };
const BARGE: Expected = { ...WHISPER, customer: ["agent", "supervisor"] };
const TAKEOVER: Expected = {
  agent: ["customer", "supervisor"],
  customer: ["supervisor"],
  supervisor: ["customer"],
};

/** Each step, and the matrix that README and design promise for it: written out here, apart from the code that makes it so. */
const STEPS: readonly Step[] = [
  {
    title: "the customer has called the agent",
    expected: ALONE,
    async run({ agent, customer }) {
      const call = await customer.call(EXTENSIONS.agent);
      await call.answered();
      return { customer: call, agent: await agent.nextCall() };
    },
  },
  {
    title: `the supervisor dials *90${EXTENSIONS.agent}: monitor`,
    expected: MONITOR,
    async run({ supervisor }, calls) {
      const call = await supervisor.call(`*90${EXTENSIONS.agent}`);
      await call.answered();
      return { ...calls, supervisor: call };
    },
  },
  { title: "the supervisor presses 5: whisper", expected: WHISPER, run: press("5") },
  { title: "the supervisor presses 6: barge", expected: BARGE, run: press("6") },
  { title: "the supervisor presses 7: takeover", expected: TAKEOVER, run: press("7") },
  { title: "the supervisor presses 9: handed back", expected: BARGE, run: press("9") },
  { title: "the supervisor presses 4: monitor again", expected: MONITOR, run: press("4") },
  {
    title: "the supervisor hangs up",
    expected: ALONE,
    async run(_phones, { supervisor, ...calls }) {
      await supervisor?.hangup();
      return calls;
    },
  },
];

function press(key: string): Step["run"] {
  return async (_phones, calls) => {
    await calls.supervisor?.pressKey(key);
    return calls;
  };
}

/**
 * `floorwalker demo`: a server and three simulated phones that speak real SIP and RTP on loopback, each with its own tone. After
 * every step the levels that each phone hears are measured in its decoded audio. Resolves to 0 if every cell is right, else 1.
 */
export async function demo(host: Host): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "floorwalker-demo-"));
  try {
    const server = await startDemoServer(join(folder, "floorwalker.db"), host);
    if (server === undefined) return 1;
    try {
      return await walk(server, host);
    } finally {
      await server.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startDemoServer(databasePath: string, host: Host): Promise<RunningServer | undefined> {
  const configuration = readConfiguration(
    `
sip: { listen: [udp://127.0.0.1:0] }
media: { address: 127.0.0.1 }
users:
  - { extension: "1001", password: demo, role: agent, team: demo }
  - { extension: "2001", password: demo, role: customer }
  - { extension: "3001", password: demo, role: supervisor, supervises: [demo] }
store: { path: ${JSON.stringify(databasePath)} }
log: { level: error }
`,
    "demo",
    {},
  );
  const failures = configuration.ok ? [] : configuration.error;
  for (const failure of failures) host.complain(messageOf(failure));
  if (!configuration.ok) return undefined;
  const server = await host.startServer(configuration.value, createLog(configuration.value.log.level));
  if (server.ok) return server.value;
  host.complain(`floorwalker cannot start: ${messageOf(server.error)}`);
  return undefined;
}

async function walk(server: RunningServer, host: Host): Promise<number> {
  const phones = await connectPhones(server);
  host.print(
    `A server at ${server.addresses.join(" ")} and three phones; each says a tone of ${SPOKEN_DBFS} dBFS.`,
  );
  let wrong = 0;
  try {
    let calls: Calls = {};
    for (const step of STEPS) {
      calls = await step.run(phones, calls);
      await new Promise<void>((resolve) => host.clock.after(SETTLE_MS + WINDOW_MS, resolve));
      const measured = measure(calls);
      const { right, cells } = score(measured, step.expected);
      wrong += cells - right;
      host.print(`\n${step.title}`);
      for (const line of levelTable(measured, step.expected)) host.print(line);
      host.print(`  ${right} of ${cells} cells right`);
    }
  } catch (error) {
    wrong++;
    host.complain(`the demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all(Object.values(phones).map((phone) => phone.close()));
  }
  host.print(wrong === 0 ? "\nEvery cell is right." : `\n${wrong} cells are wrong.`);
  return wrong === 0 ? 0 : 1;
}

async function connectPhones(server: RunningServer): Promise<Record<Person, Phone>> {
  const point = parseListenUrl(server.addresses[0] ?? "");
  if (!point.ok) throw new Error("the server listens nowhere");
  const { address, port } = point.value;
  const connect = async (person: Person): Promise<Phone> => {
    const phone = await createPhone({
      extension: EXTENSIONS[person],
      password: "demo",
      server: { transport: "udp", address, port },
      tone: { hz: TONES_HZ[person], levelDbfs: SPOKEN_DBFS },
    });
    const { status } = await phone.register();
    if (status !== 200)
      throw new Error(`${listenUrl(point.value)} refuses to register ${phone.extension}: ${status}`);
    return phone;
  };
  const [agent, customer, supervisor] = await Promise.all([
    connect("agent"),
    connect("customer"),
    connect("supervisor"),
  ]);
  return { agent, customer, supervisor };
}

/** What each phone that is on a call hears of each tone, dBFS. */
function measure(calls: Calls): Measured {
  const measured: Partial<Record<Person, Record<Person, number>>> = {};
  for (const person of PEOPLE) {
    const call = calls[person];
    if (call !== undefined) measured[person] = call.media.recorder.levels(TONES_HZ, WINDOW_MS);
  }
  return measured;
}

import { beforeEach, describe, expect, test } from "vitest";
import { callOf, FakeDirectory, FakeLeg } from "../../test/support/fake-directory.ts";
import { FakeLedger } from "../../test/support/fake-ledger.ts";
import { ManualClock } from "../../test/support/manual-clock.ts";
import type { CallView, User } from "../b2bua/types.ts";
import { type FailureCode, failure } from "../core/failure.ts";
import type { AfterCall } from "./supervision.ts";
import { createSupervision, type Supervision } from "./supervision-desk.ts";

const agent: User = { extension: "1001", name: "Agent", role: "agent", team: "sales", supervises: [] };
const colleague: User = { ...agent, extension: "1002", team: "support" };
const customer: User = { extension: "2001", name: "Customer", role: "customer", supervises: [] };
const another: User = { ...customer, extension: "2002" };
const supervisor: User = {
  extension: "3001",
  name: "Supervisor",
  role: "supervisor",
  team: "sales",
  supervises: ["sales"],
};
const second: User = { ...supervisor, extension: "3002" };

const UNSUPERVISED = ["2001<1001", "1001<2001"];
const MONITORED = [...UNSUPERVISED, "3001<1001,2001"];
const WHISPERED = ["2001<1001", "1001<2001,3001", "3001<1001,2001"];
const BARGED = ["2001<1001,3001", "1001<2001,3001", "3001<1001,2001"];
const TAKEN_OVER = ["2001<3001", "1001<2001,3001", "3001<2001"];

let users: Map<string, User>;
let directory: FakeDirectory;
let ledger: FakeLedger;
let desk: Supervision;

beforeEach(() => {
  users = new Map(
    [agent, colleague, customer, another, supervisor, second].map((user) => [user.extension, user]),
  );
  open("end");
  directory.put(callOf("call", customer, agent));
});

function open(afterCall: AfterCall): void {
  directory = new FakeDirectory();
  ledger = new FakeLedger();
  desk = createSupervision({
    directory,
    users: (extension) => users.get(extension),
    clock: new ManualClock(),
    ledger,
    afterCall,
  });
  directory.audio = desk.audio;
}

function holding(call: CallView, extension: string): CallView {
  const [first, other] = call.parties;
  const held = [first, other].map((party) => ({ ...party, holds: party.user?.extension === extension }));
  return { ...call, parties: held as [(typeof held)[number], (typeof held)[number]] };
}

async function dial(user: User, dialled: string): Promise<FakeLeg> {
  const leg = new FakeLeg(directory, user, dialled);
  await desk.handle(leg);
  return leg;
}

describe("dialling a code", () => {
  test.each([
    ["*901001", MONITORED],
    ["*911001", WHISPERED],
    ["*921001", BARGED],
    ["*931001", TAKEN_OVER],
  ])("%s attaches the supervisor as soon as its leg is answered", async (dialled, expected) => {
    const leg = await dial(supervisor, dialled);
    expect(leg.answeredFor).toBe("call");
    expect(directory.picture("call")).toEqual(expected);
    expect(desk.supervisions()).toMatchObject([
      { id: "leg-3001", supervisor: "3001", target: "1001", call: "call", phase: "attached" },
    ]);
  });

  test.each<[string, User, string, FailureCode]>([
    ["something that is no code", supervisor, "1001", "call.no-such-extension"],
    ["a code without an extension", supervisor, "*90", "supervision.no-extension"],
    ["an unknown extension", supervisor, "*909999", "supervision.no-such-extension"],
    ["an extension without a call", second, "*903001", "supervision.no-live-call"],
    ["a code as an agent", agent, "*901001", "supervision.not-a-supervisor"],
    ["a code as a customer", customer, "*901001", "supervision.not-a-supervisor"],
    ["an extension of another team", supervisor, "*901002", "supervision.not-your-team"],
    ["one's own extension", supervisor, "*903001", "supervision.oneself"],
  ])("%s is refused", async (_name, user, dialled, code) => {
    const leg = await dial(user, dialled);
    expect(leg.refusal?.code).toBe(code);
    expect(leg.answeredFor).toBeUndefined();
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(desk.supervisions()).toEqual([]);
  });

  test("an extension that still rings has no live call", async () => {
    directory.end("call");
    directory.put({ ...callOf("ringing", customer, agent), state: "ringing" });
    expect((await dial(supervisor, "*901001")).refusal?.code).toBe("supervision.no-live-call");
  });

  test("a supervisor that supervises has no live call of its own", async () => {
    await dial(supervisor, "*901001");
    expect((await dial(second, "*903001")).refusal?.code).toBe("supervision.no-live-call");
  });

  test("of several calls, the active one is supervised", async () => {
    directory.put(callOf("later", another, agent, 500));
    directory.put({ ...callOf("ringing", another, agent, 900), state: "ringing" });
    expect((await dial(supervisor, "*901001")).answeredFor).toBe("later");
  });

  test("codes and keys can be chosen", async () => {
    const keys = { monitor: "1", whisper: "2", barge: "3", takeover: "0", handback: "#" };
    const codes = { monitor: "*80", whisper: "*81", barge: "*82", takeover: "*83" };
    const options = { directory, users: (one: string) => users.get(one), clock: new ManualClock(), ledger };
    desk = createSupervision({ ...options, codes, keys });
    directory.audio = desk.audio;
    const leg = await dial(supervisor, "*801001");
    leg.events.emit("digit", "3");
    expect(directory.picture("call")).toEqual(BARGED);
  });
});

describe("while the leg is being answered", () => {
  let release: () => void;
  let leg: FakeLeg;
  let handled: Promise<void>;

  beforeEach(() => {
    leg = new FakeLeg(directory, supervisor, "*921001");
    leg.beforeAnswer = new Promise((resolve) => {
      release = resolve;
    });
    handled = desk.handle(leg);
  });

  test("nobody hears the supervisor, and it hears nobody", async () => {
    directory.refreshAudio("call");
    expect(desk.supervisions()).toMatchObject([{ phase: "invited", mode: "barge" }]);
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    release();
    await handled;
    expect(directory.picture("call")).toEqual(BARGED);
  });

  test("the call ends: the leg is hung up with the reason once it is answered", async () => {
    directory.end("call");
    expect(leg.hangUpReason).toBeUndefined();
    release();
    await handled;
    expect(leg.hangUpReason).toBe("The supervised call has ended");
    expect(desk.supervisions()).toEqual([]);
  });

  test("the supervisor hangs up: it is never attached", async () => {
    leg.events.emit("ended");
    release();
    await handled;
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(desk.supervisions()).toEqual([]);
  });

  test("the leg cannot be answered: nothing is left of it", async () => {
    leg.outcome = failure("sdp.no-common-codec");
    release();
    await handled;
    expect(leg.refusal).toBeUndefined();
    expect(leg.hangUpReason).toBeUndefined();
    expect(desk.supervisions()).toEqual([]);
    expect(ledger.entries).toEqual([]);
  });

  test("its right is taken away: it is not attached", async () => {
    users.set("3001", { ...supervisor, supervises: [] });
    release();
    await handled;
    expect(leg.hangUpReason).toBe("Not allowed: the extension is in no team you supervise");
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
  });
});

describe("keys", () => {
  test("each key replaces the whole matrix; 9 hands back to the mode before the takeover", async () => {
    const leg = await dial(supervisor, "*901001");
    for (const [key, expected] of [
      ["5", WHISPERED],
      ["6", BARGED],
      ["7", TAKEN_OVER],
      ["9", BARGED],
      ["4", MONITORED],
      ["9", MONITORED],
      ["1", MONITORED],
    ] as const) {
      leg.events.emit("digit", key);
      expect(directory.picture("call"), `after ${key}`).toEqual(expected);
    }
  });

  test("a key pressed by somebody who may no longer supervise ends the supervision", async () => {
    const leg = await dial(supervisor, "*901001");
    users.set("3001", { ...supervisor, role: "agent" });
    leg.events.emit("digit", "6");
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(leg.hangUpReason).toBe("Not allowed: only supervisors may supervise");
  });

  test("of two takeovers the latest wins, and both changes show in one matrix", async () => {
    const first = await dial(supervisor, "*931001");
    directory.journal.length = 0;
    const other = await dial(second, "*931001");
    expect(directory.journal).toEqual(["audio call"]);
    expect(directory.picture("call")).toEqual(["2001<3002", "1001<2001,3002", "3002<2001", "3001<2001,3002"]);
    other.events.emit("digit", "9");
    first.events.emit("digit", "9");
    expect(desk.supervisions().map((one) => one.mode)).toEqual(["monitor", "monitor"]);
  });
});

test("several supervisors share a call, and leave it one by one", async () => {
  const first = await dial(supervisor, "*901001");
  await dial(second, "*911001");
  expect(directory.picture("call")).toEqual([
    "2001<1001",
    "1001<2001,3002",
    "3001<1001,2001,3002",
    "3002<1001,2001",
  ]);
  first.events.emit("ended");
  expect(directory.picture("call")).toEqual(["2001<1001", "1001<2001,3002", "3002<1001,2001"]);
});

test("whispering goes on while the agent holds the customer, and all is back at the resume", async () => {
  await dial(supervisor, "*911001");
  directory.put(holding(callOf("call", customer, agent), "1001"));
  expect(directory.picture("call")).toEqual(["2001<", "1001<3001", "3001<2001"]);
  directory.put(callOf("call", customer, agent));
  expect(directory.picture("call")).toEqual(WHISPERED);
});

test("a supervisor whose own phone holds neither hears nor is heard", async () => {
  const leg = await dial(supervisor, "*921001");
  leg.events.emit("hold", true);
  expect(directory.picture("call")).toEqual([...UNSUPERVISED, "3001<"]);
  leg.events.emit("hold", false);
  expect(directory.picture("call")).toEqual(BARGED);
});

describe("promise 5: fail to silence", () => {
  test("a leg that is gone leaves the matrix at once", async () => {
    const leg = await dial(supervisor, "*921001");
    leg.events.emit("ended");
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(ledger.open).toEqual([]);
  });

  test("when a right is taken away, silence comes before the hang-up", async () => {
    const leg = await dial(supervisor, "*921001");
    directory.journal.length = 0;
    users.delete("3001");
    desk.policyChanged();
    expect(directory.journal).toEqual(["audio call", "hang-up leg-3001"]);
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(leg.hangUpReason).toBe("Not allowed: only supervisors may supervise");
  });

  test("the end of the call ends every supervision of it with a reason, and closes its intervals", async () => {
    const legs = [await dial(supervisor, "*901001"), await dial(second, "*921001")];
    directory.end("call");
    expect(legs.map((leg) => leg.hangUpReason)).toEqual(Array(2).fill("The supervised call has ended"));
    expect(desk.supervisions()).toEqual([]);
    expect(ledger.open).toEqual([]);
  });

  test("the end of another call changes nothing", async () => {
    directory.put(callOf("other", another, colleague));
    await dial(supervisor, "*901001");
    directory.end("other");
    expect(directory.picture("call")).toEqual(MONITORED);
  });

  test("a target that leaves the call is no longer supervised in it", async () => {
    const leg = await dial(supervisor, "*921001");
    directory.put(callOf("call", customer, colleague));
    expect(directory.picture("call")).toEqual(["2001<1002", "1002<2001"]);
    expect(leg.hangUpReason).toBe("The supervised call has ended");
  });
});

describe("where supervisions wait for the next call", () => {
  beforeEach(() => {
    open("wait");
    directory.put(callOf("call", customer, agent));
  });

  test("the leg stays in silence, then monitors the agent's next call", async () => {
    const leg = await dial(supervisor, "*921001");
    directory.end("call");
    expect(leg.hangUpReason).toBeUndefined();
    expect(desk.supervisions()).toMatchObject([{ phase: "waiting", mode: undefined }]);
    directory.put(callOf("foreign", another, colleague));
    directory.put({ ...callOf("next", another, agent), state: "ringing" });
    expect(directory.picture("next")).toEqual(["2002<1001", "1001<2002"]);
    directory.put(callOf("next", another, agent));
    expect(directory.picture("next")).toEqual(["2002<1001", "1001<2002", "3001<1001,2002"]);
    expect(ledger.open).toEqual(["3001<1001 monitor", "3001<2002 monitor"]);
  });

  test("the policy is asked again at the next call", async () => {
    const leg = await dial(supervisor, "*921001");
    directory.end("call");
    users.set("1001", { ...agent, team: "support" });
    directory.put(callOf("next", another, agent));
    expect(directory.picture("next")).toEqual(["2002<1001", "1001<2002"]);
    expect(leg.hangUpReason).toBe("Not allowed: the extension is in no team you supervise");
  });
});

describe("promise 7: on record", () => {
  test("every interval of who heard whom under supervision, with its mode", async () => {
    const leg = await dial(supervisor, "*901001");
    leg.events.emit("digit", "5");
    leg.events.emit("ended");
    expect(ledger.lines).toEqual([
      "opened 3001<1001 monitor",
      "opened 3001<2001 monitor",
      "closed 3001<1001 monitor",
      "closed 3001<2001 monitor",
      "opened 1001<3001 whisper",
      "opened 3001<1001 whisper",
      "opened 3001<2001 whisper",
      "closed 1001<3001 whisper",
      "closed 3001<1001 whisper",
      "closed 3001<2001 whisper",
    ]);
    expect(ledger.entries.map((one) => one.reason)).toEqual([
      ...Array(4).fill("feature-code"),
      ...Array(6).fill("key"),
    ]);
    expect(ledger.entries[0]).toMatchObject({ call: "call", supervision: "leg-3001", supervisor: "3001" });
  });

  test("what cannot be recorded does not start", async () => {
    ledger.writable = false;
    const leg = await dial(supervisor, "*901001");
    expect(leg.refusal?.code).toBe("supervision.not-recordable");
    expect(leg.answeredFor).toBeUndefined();
  });

  test("a ledger that fails while the leg is answered ends the supervision in silence", async () => {
    const leg = new FakeLeg(directory, supervisor, "*921001");
    leg.beforeAnswer = Promise.resolve().then(() => {
      ledger.writable = false;
    });
    await desk.handle(leg);
    await Promise.resolve();
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(leg.hangUpReason).toBe("No supervision: the ledger cannot be written");
    expect(ledger.entries).toEqual([]);
  });

  test("a ledger that fails at a change of mode ends every supervision of the call, silence first", async () => {
    const leg = await dial(supervisor, "*901001");
    const other = await dial(second, "*911001");
    ledger.writable = false;
    leg.events.emit("digit", "6");
    expect(directory.picture("call")).toEqual(UNSUPERVISED);
    expect(leg.hangUpReason).toBeUndefined();
    await Promise.resolve();
    expect([leg, other].map((one) => one.hangUpReason)).toEqual(
      Array(2).fill("No supervision: the ledger cannot be written"),
    );
    expect(desk.supervisions()).toEqual([]);
  });
});

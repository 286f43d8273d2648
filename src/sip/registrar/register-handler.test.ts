import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentNetwork } from "../../../test/support/agent-pair.ts";
import { HandPeer } from "../../../test/support/hand-peer.ts";
import type { RequestParts } from "../../../test/support/sip-messages.ts";
import { failure } from "../../core/failure.ts";
import { err } from "../../core/result.ts";
import { header, type SipResponse } from "../message/message.ts";
import { formatNameAddr } from "../message/name-addr.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createRegistrar, type Registrar } from "./register-handler.ts";
import type { BindingStore } from "./types.ts";

const CONTACT = "sip:bob@10.0.0.5:5060";

let net: AgentNetwork;
let phone: HandPeer;
let store: BindingStore;
let registrar: Registrar;

beforeEach(() => {
  net = new AgentNetwork();
  phone = new HandPeer(net, net.bob);
  store = createMemoryStore();
  serve(store);
  net.bob.agent.events.on("request", (received) => registrar.handle(received, "bob"));
});

afterEach(() => {
  expect(net.leftovers()).toEqual({ sessions: 0, transactions: 0, timers: 0 });
});

function serve(behind: BindingStore): void {
  const servesHost = (host: string) => host === "192.0.2.2" || host === "floor.example";
  registrar = createRegistrar({ store: behind, clock: net.clock, servesHost });
}

/** Sends a REGISTER for sip:bob@192.0.2.2 and returns the answer. */
function say(parts: RequestParts = {}): SipResponse {
  phone.say("REGISTER", { uri: "sip:192.0.2.2", lines: [], ...parts });
  return phone.lastAnswer;
}

const contactsIn = ({ headers }: SipResponse) =>
  headers.contact === "*" ? ["*"] : headers.contact.map(formatNameAddr);

test("a REGISTER is answered with all bindings, the seconds left and the date, and calls go where it came from", () => {
  const answer = say({ lines: [`Contact: <${CONTACT}>;expires=90`] });
  expect(answer.status).toBe(200);
  expect(contactsIn(answer)).toEqual([`<${CONTACT}>;expires=90`]);
  expect(header(answer, "Date")).toMatch(/^Thu, 01 Jan 2026 00:00:0\d GMT$/);
  expect(registrar.contactsOf("bob")).toMatchObject([
    {
      contact: CONTACT,
      source: { transport: "udp", host: phone.transport.localFor().address, port: 5060, flow: 1 },
    },
  ]);
});

test("asking without a Contact shows the bindings and writes nothing", () => {
  say({ lines: [`Contact: <${CONTACT}>`] });
  net.clock.advance(10_000);
  serve({ ...store, replace: () => expect.fail("written") });
  expect(contactsIn(say({ cseq: 2 }))).toEqual([`<${CONTACT}>;expires=3590`]);
});

test("a binding that runs out is not called any more", () => {
  say({ lines: [`Contact: <${CONTACT}>;expires=60`] });
  net.clock.advance(60_000);
  expect(registrar.contactsOf("bob")).toEqual([]);
});

test("the preferred contact comes first, equals in the order they came", () => {
  say({ lines: ["Contact: <sip:low@h>;q=0.1, <sip:one@h>, <sip:two@h>"] });
  expect(registrar.contactsOf("bob").map(({ contact }) => contact)).toEqual([
    "sip:one@h",
    "sip:two@h",
    "sip:low@h",
  ]);
});

describe("it is refused", () => {
  test.each<[string, RequestParts, number, string | undefined, string | undefined]>([
    [
      "with Min-Expires where the interval is too brief",
      { lines: [`Contact: <${CONTACT}>;expires=5`] },
      423,
      "Min-Expires",
      "60",
    ],
    ["where the Request-URI is not ours", { uri: "sip:elsewhere.example" }, 404, undefined, undefined],
    ["where Contact * comes without Expires 0", { lines: ["Contact: *"] }, 400, undefined, undefined],
  ])("%s", (_, parts, status, name, value) => {
    const answer = say(parts);
    expect(answer.status).toBe(status);
    if (name !== undefined) expect(header(answer, name)).toBe(value);
  });

  test("where it is another user's address", () => {
    net.bob.agent.events.clear();
    net.bob.agent.events.on("request", (received) => registrar.handle(received, "mallory"));
    expect(say({ lines: [`Contact: <${CONTACT}>`] }).status).toBe(403);
    expect(store.all()).toEqual([]);
  });

  test("with the store's own failure where it cannot be written", () => {
    serve({ ...store, replace: () => err(failure("store.unusable")) });
    expect(say({ lines: [`Contact: <${CONTACT}>`] }).status).toBe(500);
    expect(registrar.contactsOf("bob")).toEqual([]);
  });
});

test("a REGISTER that is sent twice is written once and answered alike", () => {
  phone.transport.faults.duplicate = () => true;
  say({ lines: [`Contact: <${CONTACT}>`] });
  expect(phone.statuses).toEqual([200, 200]);
});

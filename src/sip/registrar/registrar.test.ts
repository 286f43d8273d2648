import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { formatNameAddr } from "../message/name-addr.ts";
import { contactsOfAnswer, inForce, REGISTRAR_LIMITS, register } from "./registrar.ts";
import type { Binding } from "./types.ts";

const NOW = Date.UTC(2026, 0, 1);
const SOURCE = { transport: "udp", host: "198.51.100.1", port: 40_000, flow: 2 } as const;
const A = "sip:1001@10.0.0.5:5060";
const B = "sip:1001@10.0.0.6:5060;transport=tcp";

interface Asked {
  readonly callId?: string;
  readonly cseq?: number;
}

function ask(lines: readonly string[], bindings: readonly Binding[] = [], asked: Asked = {}) {
  return register(sipRequest("REGISTER", { lines, ...asked }), SOURCE, bindings, NOW);
}

function bind(contact: string, change: Partial<Binding> = {}): Binding {
  const expiresAt = NOW + 600_000;
  return { contact, source: SOURCE, expiresAt, callId: "old", cseq: 1, q: 1, ...change };
}

const secondsLeft = ({ expiresAt }: Binding) => (expiresAt - NOW) / 1000;

describe("the interval", () => {
  test.each([
    ["the Contact's own", [`Contact: <${A}>;expires=120`, "Expires: 900"], 120],
    ["the Expires field's", [`Contact: <${A}>`, "Expires: 900"], 900],
    ["an hour by default", [`Contact: <${A}>`], 3600],
    ["an hour where it is no number", [`Contact: <${A}>;expires=soon`], 3600],
    [
      "our longest where it asks for more",
      [`Contact: <${A}>;expires=4294967295`],
      REGISTRAR_LIMITS.maxExpiresSeconds,
    ],
    ["our shortest", [`Contact: <${A}>;expires=60`], 60],
  ])("is %s", (_, lines, seconds) => {
    const result = ask(lines);
    expect(result.ok && result.value.map(secondsLeft)).toEqual([seconds]);
  });
});

test("a binding keeps where its REGISTER came from and what the phone says of itself", () => {
  const instance = '"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';
  const result = ask([`Contact: "One" <${A}>;q=0.7;+sip.instance=${instance}`, "User-Agent: Desk 1"]);
  expect(result).toEqual({
    ok: true,
    value: [
      {
        contact: A,
        source: SOURCE,
        expiresAt: NOW + 3_600_000,
        callId: "call-1@192.0.2.1",
        cseq: 1,
        q: 0.7,
        userAgent: "Desk 1",
        instance: "<urn:uuid:00000000-0000-1000-8000-000a95a0e128>",
      },
    ],
  });
});

describe("what becomes of the bindings", () => {
  const contacts = (bindings: readonly Binding[]) => bindings.map(({ contact }) => contact);

  test.each<[string, string[], Binding[], string[]]>([
    ["none: asking changes nothing", [], [bind(A)], [A]],
    ["a second phone is added", [`Contact: <${B}>`], [bind(A)], [A, B]],
    ["two at once are added", [`Contact: <${A}>, <${B}>;q=0.5`], [], [A, B]],
    ["one contact named twice is one binding", [`Contact: <${A}>, <${A}>;q=0.5`], [], [A]],
    ["a known one keeps its place", [`Contact: <${A}>`], [bind(A), bind(B)], [A, B]],
    [
      "the same URI written otherwise is the same",
      ["Contact: <sip:1001@10.0.0.5:5060;x=1>"],
      [bind(A)],
      ["sip:1001@10.0.0.5:5060;x=1"],
    ],
    ["0 removes one", [`Contact: <${A}>;expires=0`], [bind(A), bind(B)], [B]],
    ["0 for an unknown one removes nothing", [`Contact: <${A}>;expires=0`], [bind(B)], [B]],
    ["* with Expires 0 removes all", ["Contact: *", "Expires: 0"], [bind(A), bind(B)], []],
    ["one that has run out is gone", [], [bind(A, { expiresAt: NOW }), bind(B)], [B]],
    ["one can go while another comes", [`Contact: <${A}>;expires=0, <${B}>`], [bind(A)], [B]],
  ])("%s", (_, lines, before, after) => {
    const result = ask(lines, before);
    expect(result.ok && contacts(result.value)).toEqual(after);
  });
});

describe("it is refused, and nothing changes, where", () => {
  const full = Array.from({ length: REGISTRAR_LIMITS.maxContacts }, (_, i) => bind(`sip:1001@10.0.1.${i}`));
  test.each<[string, string[], Binding[], Asked, string]>([
    ["* comes without Expires 0", ["Contact: *", "Expires: 60"], [], {}, "sip.malformed"],
    ["* comes without Expires", ["Contact: *"], [], {}, "sip.malformed"],
    ["the interval is too brief", [`Contact: <${A}>;expires=59`], [], {}, "sip.interval-too-brief"],
    [
      "one of two intervals is too brief",
      [`Contact: <${A}>, <${B}>;expires=1`],
      [],
      {},
      "sip.interval-too-brief",
    ],
    ["the Contact cannot be called", ["Contact: <tel:+3110>"], [], {}, "sip.malformed"],
    [
      "its number is not above the binding's",
      [`Contact: <${A}>`],
      [bind(A)],
      { callId: "old", cseq: 1 },
      "sip.out-of-order",
    ],
    [
      "an old one would remove",
      [`Contact: <${A}>;expires=0`],
      [bind(A, { cseq: 5 })],
      { callId: "old", cseq: 4 },
      "sip.out-of-order",
    ],
    [
      "an old one would remove all",
      ["Contact: *", "Expires: 0"],
      [bind(A, { cseq: 5 })],
      { callId: "old", cseq: 5 },
      "sip.out-of-order",
    ],
    ["there are too many", [`Contact: <${A}>`], full, {}, "registrar.too-many-contacts"],
  ])("%s", (_, lines, before, asked, code) => {
    const result = ask(lines, before, asked);
    expect(result.ok ? undefined : result.error.code).toBe(code);
  });

  test.each<[string, Asked]>([
    ["a higher number", { callId: "old", cseq: 2 }],
    ["another Call-ID, whatever its number", { callId: "new", cseq: 1 }],
  ])("but %s is newer", (_, asked) => {
    expect(ask([`Contact: <${A}>`], [bind(A)], asked).ok).toBe(true);
  });

  test("but an old number means nothing to a binding that has run out", () => {
    expect(ask([`Contact: <${A}>`], [bind(A, { cseq: 9, expiresAt: NOW })], { callId: "old" }).ok).toBe(true);
  });

  test("but a full address may renew what it has", () => {
    expect(ask(["Contact: <sip:1001@10.0.1.3>"], full).ok).toBe(true);
  });
});

test("the answer names every binding with the seconds left, rounded up, and its preference", () => {
  const bindings = [bind(A, { expiresAt: NOW + 59_001 }), bind(B, { q: 0.5, instance: "<urn:x>" })];
  expect(contactsOfAnswer(bindings, NOW).map(formatNameAddr)).toEqual([
    `<${A}>;expires=60`,
    `<${B}>;expires=600;q=0.5;+sip.instance="<urn:x>"`,
  ]);
});

test("whatever phones do, no address has two bindings of one contact, too many, or one that has run out", () => {
  const seconds = fc.constantFrom(0, 60, 600);
  const one = fc.record({
    phone: fc.integer({ min: 1, max: 14 }),
    seconds,
    later: fc.integer({ max: 400, min: 0 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (steps) => {
      let bindings: readonly Binding[] = [];
      let now = NOW;
      steps.forEach(({ phone, seconds, later }, index) => {
        now += 1000 * later;
        const lines = [`Contact: <sip:1001@10.0.0.${phone}>;expires=${seconds}`];
        const result = register(sipRequest("REGISTER", { lines, cseq: index + 1 }), SOURCE, bindings, now);
        if (result.ok) bindings = result.value;
        expect(new Set(bindings.map(({ contact }) => contact)).size).toBe(bindings.length);
        expect(bindings.length).toBeLessThanOrEqual(REGISTRAR_LIMITS.maxContacts);
        if (result.ok) expect(inForce(bindings, now)).toEqual(bindings);
      });
    }),
  );
});

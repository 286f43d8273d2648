import { expect, test } from "vitest";
import { createMemoryStore } from "./memory-store.ts";
import type { Binding } from "./types.ts";

const source = { transport: "udp", host: "192.0.2.1", port: 5060 } as const;
const bind = (contact: string, expiresAt: number): Binding => {
  return { contact, source, expiresAt, callId: "c", cseq: 1, q: 1 };
};

test("a store gives back what was put in, by address", () => {
  const store = createMemoryStore();
  const bindings = [bind("sip:a", 10), bind("sip:b", 20)];
  expect(store.replace("1001", bindings)).toEqual({ ok: true, value: undefined });
  expect(store.bindings("1001")).toEqual(bindings);
  expect(store.bindings("1002")).toEqual([]);
  expect(store.all()).toEqual([["1001", bindings]]);
});

test("an empty list removes the address", () => {
  const store = createMemoryStore();
  store.replace("1001", [bind("sip:a", 10)]);
  store.replace("1001", []);
  expect(store.all()).toEqual([]);
});

test("removing what has run out counts it and leaves the rest", () => {
  const store = createMemoryStore();
  store.replace("1001", [bind("sip:a", 10), bind("sip:b", 20)]);
  store.replace("1002", [bind("sip:c", 10)]);
  expect(store.removeExpired(10)).toEqual({ ok: true, value: 2 });
  expect(store.all()).toEqual([["1001", [bind("sip:b", 20)]]]);
});

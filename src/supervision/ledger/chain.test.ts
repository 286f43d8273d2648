import fc from "fast-check";
import { expect, test } from "vitest";
import { chain, type Draft, type Entry, GENESIS, verify } from "./chain.ts";

/** No cryptography: a test needs a hash that differs where its text differs. */
const hash = (text: string) => `<${text}>`.replaceAll('"', "'").slice(-400);

const draft = (listener: string): Draft => ({
  event: "opened",
  opened: null,
  from: 1000,
  until: null,
  call: "call",
  supervision: "leg",
  supervisor: "3001",
  listener,
  speaker: "3001",
  mode: "whisper",
  reason: "feature-code",
});
const anyEntries = fc
  .array(fc.constantFrom("1001", "2001").map(draft), { minLength: 1, maxLength: 8 })
  .map((drafts) => chain(GENESIS, drafts, hash));

test("entries are numbered from 1 and each carries the hash of the one before", () => {
  const entries = chain(GENESIS, [draft("1001"), draft("1002")], hash);
  expect(entries.map((one) => one.sequence)).toEqual([1, 2]);
  expect(entries[0]?.previousHash).toBe(GENESIS.hash);
  expect(entries[1]?.previousHash).toBe(entries[0]?.hash);
});

test("an untouched ledger is sound, however many times it was appended to", () => {
  fc.assert(
    fc.property(anyEntries, anyEntries, (first, second) => {
      const more = chain(first.at(-1) ?? GENESIS, second, hash);
      expect(verify([...first, ...more], hash)).toMatchObject({
        ok: true,
        value: { sequence: first.length + more.length },
      });
    }),
  );
});

const FIELDS: readonly (keyof Entry)[] = [
  "sequence",
  "previousHash",
  "event",
  "opened",
  "from",
  "until",
  "call",
  "supervision",
  "supervisor",
  "listener",
  "speaker",
  "mode",
  "reason",
  "hash",
];

test("a change of any field of any entry is found", () => {
  fc.assert(
    fc.property(anyEntries, fc.nat(), fc.constantFrom(...FIELDS), (entries, at, field) => {
      const changed = entries.map((entry, i) =>
        i === at % entries.length ? { ...entry, [field]: "other" } : entry,
      );
      expect(verify(changed, hash)).toMatchObject({ ok: false, error: { code: "ledger.broken" } });
    }),
  );
});

test("an entry that was removed or moved is found", () => {
  const entries = chain(GENESIS, [draft("1"), draft("2"), draft("3")], hash);
  const [first, second, third] = entries as [Entry, Entry, Entry];
  expect(verify([first, third], hash)).toMatchObject({ error: { detail: "entry 2 is missing" } });
  expect(verify([second, third], hash)).toMatchObject({ error: { detail: "entry 1 is missing" } });
  expect(verify([first, third, second], hash).ok).toBe(false);
});

test("an end that was cut off shows in the head", () => {
  const entries = chain(GENESIS, [draft("1"), draft("2")], hash);
  expect(verify(entries.slice(0, 1), hash)).not.toEqual(verify(entries, hash));
});

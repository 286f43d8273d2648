import { afterEach, beforeEach, expect, test } from "vitest";
import { type CallRecord, type CallRecords, openCallRecords } from "./call-records.ts";
import { type Database, openDatabase } from "./database.ts";

let database: Database;
let records: CallRecords;

beforeEach(() => {
  const opened = openDatabase(":memory:");
  if (!opened.ok) throw new Error(opened.error.detail);
  database = opened.value;
  const made = openCallRecords(database);
  if (!made.ok) throw new Error(made.error.detail);
  records = made.value;
});

afterEach(() => database.close());

function record(id: string, endedAt: number, answeredAt: number | null = 500): CallRecord {
  return { id, caller: "2001", callee: "1001", startedAt: 100, answeredAt, endedAt, cause: "hung up" };
}

test("records come back whole, the call that ended last first", () => {
  const unanswered = record("b", 2000, null);
  for (const one of [record("a", 1000), unanswered, record("c", 1500)])
    expect(records.add(one).ok).toBe(true);
  expect(records.latest(10)).toEqual({ ok: true, value: [unanswered, record("c", 1500), record("a", 1000)] });
  expect(records.latest(1)).toEqual({ ok: true, value: [unanswered] });
});

test("a record with the same id takes the place of the former", () => {
  records.add(record("a", 1000));
  records.add(record("a", 3000));
  expect(records.latest(10)).toEqual({ ok: true, value: [record("a", 3000)] });
});

test("a closed database is a value", () => {
  database.close();
  expect(records.add(record("a", 1))).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  expect(records.latest(1)).toMatchObject({ ok: false, error: { code: "store.unusable" } });
});

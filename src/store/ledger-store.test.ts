import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Draft } from "../supervision/ledger/chain.ts";
import { type Database, openDatabase } from "./database.ts";
import { type LedgerStore, openLedger } from "./ledger-store.ts";

function draft(call: string, listener: string): Draft {
  return {
    event: "opened",
    opened: null,
    from: 1_700_000_000_000,
    until: null,
    call,
    supervision: "leg",
    supervisor: "3001",
    listener,
    speaker: "3001",
    mode: "whisper",
    reason: "feature-code",
  };
}

let folder: string;
let path: string;
let database: Database;
let ledger: LedgerStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
  path = join(folder, "floorwalker.db");
  open();
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function open(): void {
  const opened = openDatabase(path);
  if (!opened.ok) throw new Error(opened.error.detail);
  database = opened.value;
  const store = openLedger(database);
  if (!store.ok) throw new Error(store.error.detail);
  ledger = store.value;
}

/** Does to the file what somebody with access to it could. */
function tamper(sql: string): void {
  const file = new DatabaseSync(path);
  file.exec(`DROP TRIGGER IF EXISTS ledger_no_update; DROP TRIGGER IF EXISTS ledger_no_delete; ${sql}`);
  file.close();
}

test("entries come back as they were written, all or those of one call", () => {
  const written = ledger.append([draft("one", "1001"), draft("two", "1002")]);
  const appended = written.ok ? written.value : [];
  expect(appended.map((one) => one.sequence)).toEqual([1, 2]);
  const closing: Draft = { ...draft("one", "1001"), event: "closed", opened: 1, until: 1_700_000_001_000 };
  expect(ledger.append([closing]).ok).toBe(true);
  expect(ledger.read()).toMatchObject({ ok: true, value: [...appended, closing] });
  expect(ledger.read("two")).toEqual({ ok: true, value: [appended[1]] });
  expect(ledger.read("none")).toEqual({ ok: true, value: [] });
});

test("the chain goes on after a restart", () => {
  ledger.append([draft("one", "1001")]);
  database.close();
  open();
  ledger.append([draft("two", "1001")]);
  expect(ledger.verify()).toMatchObject({ ok: true, value: { sequence: 2 } });
});

test("an empty ledger is sound", () => {
  expect(ledger.verify()).toMatchObject({ ok: true, value: { sequence: 0 } });
});

describe("tampering", () => {
  beforeEach(() => {
    ledger.append([draft("call", "1001"), draft("call", "1002"), draft("call", "1003")]);
  });

  test("the file itself refuses to change or delete an entry", () => {
    for (const sql of ["UPDATE ledger SET listener = 'x'", "DELETE FROM ledger"]) {
      const refused = database.transaction((connection) => connection.exec(sql));
      expect(refused).toMatchObject({ ok: false });
      expect(refused.ok ? "" : refused.error.detail).toContain("append-only");
    }
    expect(ledger.verify()).toMatchObject({ ok: true, value: { sequence: 3 } });
  });

  test.each([
    ["UPDATE ledger SET listener = '9999' WHERE sequence = 2", "entry 2 was changed"],
    ["UPDATE ledger SET until_ms = 1 WHERE sequence = 3", "entry 3 was changed"],
    ["UPDATE ledger SET hash = 'f' WHERE sequence = 1", "entry 1 was changed"],
    ["DELETE FROM ledger WHERE sequence = 2", "entry 2 is missing"],
    ["UPDATE ledger SET previous_hash = 'f' WHERE sequence = 2", "entry 2 does not follow the one before"],
  ])("%s is found", (sql, detail) => {
    tamper(sql);
    expect(ledger.verify()).toEqual({ ok: false, error: { code: "ledger.broken", detail } });
  });

  test("an end that was cut off shows against a head that was kept", () => {
    const kept = ledger.verify();
    tamper("DELETE FROM ledger WHERE sequence = 3");
    expect(ledger.verify()).not.toEqual(kept);
  });
});

describe("what cannot be recorded is a value", () => {
  test("while another process holds the lock", () => {
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    expect(ledger.check()).toMatchObject({ code: "supervision.not-recordable" });
    expect(ledger.append([draft("call", "1001")])).toMatchObject({
      ok: false,
      error: { code: "supervision.not-recordable" },
    });
    other.exec("ROLLBACK");
    other.close();
    expect(ledger.check()).toBeUndefined();
    expect(ledger.read()).toEqual({ ok: true, value: [] });
  });

  test("when the database is read-only", () => {
    database.run((connection) => connection.exec("PRAGMA query_only = ON"));
    expect(ledger.append([draft("call", "1001")])).toMatchObject({
      error: { code: "supervision.not-recordable" },
    });
  });

  test("when the disk is full: of what was to be written together nothing is", () => {
    database.run((connection) => connection.exec("PRAGMA max_page_count = 1"));
    const many = Array.from({ length: 500 }, (_, i) => draft(`call-${i}`, "1001"));
    expect(ledger.append(many)).toMatchObject({ error: { code: "supervision.not-recordable" } });
    expect(ledger.read()).toEqual({ ok: true, value: [] });
    expect(ledger.verify()).toMatchObject({ ok: true, value: { sequence: 0 } });
  });

  test("when the database is closed", () => {
    database.close();
    expect(ledger.check()).toMatchObject({ code: "supervision.not-recordable" });
    expect(ledger.append([draft("call", "1001")]).ok).toBe(false);
    expect(ledger.verify()).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  });
});

test("two servers on one file keep one chain", () => {
  const opened = openDatabase(path);
  if (!opened.ok) throw new Error(opened.error.detail);
  const second = openLedger(opened.value);
  if (!second.ok) throw new Error(second.error.detail);
  for (const store of [ledger, second.value, ledger, second.value]) store.append([draft("call", "1001")]);
  expect(ledger.verify()).toMatchObject({ ok: true, value: { sequence: 4 } });
  opened.value.close();
});

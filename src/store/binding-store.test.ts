import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Binding, BindingStore } from "../sip/registrar/types.ts";
import { openBindingStore } from "./binding-store.ts";
import { type Database, openDatabase } from "./database.ts";

const AOR = "sip:1001@floor.example";

function binding(contact: string, expiresAt = 1000): Binding {
  const source = { transport: "udp", host: "192.0.2.1", port: 5060 } as const;
  return { contact, source, expiresAt, callId: `call-of-${contact}`, cseq: 7, q: 0.5 };
}

let folder: string;
let path: string;
let database: Database;
let store: BindingStore;

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
  const bindings = openBindingStore(database);
  if (!bindings.ok) throw new Error(bindings.error.detail);
  store = bindings.value;
}

function restart(): void {
  database.close();
  open();
}

test("an unknown address has no bindings", () => {
  expect(store.bindings(AOR)).toEqual([]);
  expect(store.all()).toEqual([]);
});

test("bindings survive a restart, in the order they were put, with every field", () => {
  const full = { ...binding("sip:b@h"), userAgent: "Phone 1.0", instance: "<urn:uuid:1>" };
  expect(store.replace(AOR, [full, binding("sip:a@h")])).toEqual({ ok: true, value: undefined });
  store.replace("sip:1002@floor.example", [binding("sip:c@h")]);
  restart();
  expect(store.bindings(AOR)).toEqual([full, binding("sip:a@h")]);
  expect(store.all().map(([aor]) => aor)).toEqual([AOR, "sip:1002@floor.example"]);
});

test("a flow is known until a restart, and not after", () => {
  const source = { transport: "tcp", host: "192.0.2.1", port: 5060, flow: 3 } as const;
  store.replace(AOR, [{ ...binding("sip:a@h"), source }]);
  expect(store.bindings(AOR)[0]?.source.flow).toBe(3);
  restart();
  expect(store.bindings(AOR)[0]?.source).toEqual({ transport: "tcp", host: "192.0.2.1", port: 5060 });
});

test("new bindings replace the former, and none removes the address", () => {
  store.replace(AOR, [binding("sip:a@h"), binding("sip:b@h")]);
  store.replace(AOR, [binding("sip:c@h")]);
  restart();
  expect(store.bindings(AOR).map((one) => one.contact)).toEqual(["sip:c@h"]);
  store.replace(AOR, []);
  expect(store.all()).toEqual([]);
  restart();
  expect(store.all()).toEqual([]);
});

test("what has expired is removed and counted, in memory and in the file", () => {
  store.replace(AOR, [binding("sip:a@h", 1000), binding("sip:b@h", 1001)]);
  store.replace("sip:1002@floor.example", [binding("sip:c@h", 999)]);
  expect(store.removeExpired(1000)).toEqual({ ok: true, value: 2 });
  for (const _ of ["before", "after"]) {
    expect(store.all().map(([aor, bindings]) => [aor, bindings.length])).toEqual([[AOR, 1]]);
    restart();
  }
  expect(store.removeExpired(1000)).toEqual({ ok: true, value: 0 });
});

test("while the file is locked a change fails, and everything is as it was", () => {
  store.replace(AOR, [binding("sip:a@h")]);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  expect(store.replace(AOR, [])).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  expect(store.removeExpired(5000)).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  expect(store.bindings(AOR)).toHaveLength(1);
  other.exec("ROLLBACK");
  other.close();
  expect(store.replace(AOR, []).ok).toBe(true);
});

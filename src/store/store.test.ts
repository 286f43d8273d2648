import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore } from "./store.ts";

test("one file holds bindings, ledger and call records, and is given back when closed", () => {
  const store = openStore(":memory:");
  if (!store.ok) throw new Error(store.error.detail);
  const { bindings, ledger, callRecords, close } = store.value;
  expect(bindings.all()).toEqual([]);
  expect(ledger.check()).toBeUndefined();
  expect(callRecords.latest(1)).toEqual({ ok: true, value: [] });
  close();
  close();
  expect(bindings.replace("sip:1001@h", [])).toMatchObject({ ok: false });
});

test("a file of the right version that lacks a table is unusable", () => {
  const folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
  const path = join(folder, "floorwalker.db");
  const first = openStore(path);
  if (first.ok) first.value.close();
  const file = new DatabaseSync(path);
  file.exec("DROP TABLE ledger");
  file.close();
  expect(openStore(path)).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  rmSync(folder, { recursive: true });
});

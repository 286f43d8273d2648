import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
  path = join(folder, "data", "floorwalker.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

function opened(at = path) {
  const database = openDatabase(at);
  if (!database.ok) throw new Error(database.error.detail);
  return database.value;
}

function pragma(name: string) {
  const database = opened();
  const value = database.run((connection) => connection.prepare(`PRAGMA ${name}`).get()?.[name]);
  database.close();
  return value;
}

test("the folder and the file are made, with the newest schema and what durability needs", () => {
  expect(pragma("user_version")).toEqual({ ok: true, value: MIGRATIONS.length });
  expect(pragma("journal_mode")).toEqual({ ok: true, value: "wal" });
  expect(pragma("synchronous")).toEqual({ ok: true, value: 2 });
});

test("an open database is opened again without a change", () => {
  opened().close();
  expect(pragma("user_version")).toEqual({ ok: true, value: MIGRATIONS.length });
});

test("a schema that a newer version has written is refused, and left as it is", () => {
  opened().close();
  const file = new DatabaseSync(path);
  file.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  file.close();
  const refused = openDatabase(path);
  expect(refused).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  expect(refused.ok ? "" : refused.error.detail).toContain("newer");
});

test.each<[string, () => string]>([
  ["a folder", () => folder],
  [
    "a file that is no database",
    () => {
      const file = join(folder, "text.db");
      writeFileSync(
        file,
        "this is no database, it is only a text that is long enough to be looked at".repeat(20),
      );
      return file;
    },
  ],
  [
    "a path through a file",
    () => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file", "floorwalker.db");
    },
  ],
])("%s is unusable, and the failure names it", (_name, make) => {
  const at = make();
  const refused = openDatabase(at);
  expect(refused).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  expect(refused.ok ? "" : refused.error.detail).toMatch(new RegExp(`^${at}: .`));
});

test("a transaction that fails half-way leaves nothing behind", () => {
  const database = opened();
  const failed = database.transaction((connection) => {
    connection.exec("INSERT INTO calls VALUES ('1', 'a', 'b', 0, NULL, 0, 'x')");
    connection.exec("INSERT INTO nowhere VALUES (1)");
  });
  expect(failed).toMatchObject({ ok: false, error: { code: "store.unusable" } });
  const count = database.run(
    (connection) => connection.prepare("SELECT count(*) AS n FROM calls").get()?.["n"],
  );
  expect(count).toEqual({ ok: true, value: 0 });
  database.close();
});

test("a bug in a transaction is an exception, and leaves nothing behind either", () => {
  const database = opened();
  const work = () =>
    database.transaction((connection) => {
      connection.exec("INSERT INTO calls VALUES ('1', 'a', 'b', 0, NULL, 0, 'x')");
      throw new TypeError("a bug");
    });
  expect(work).toThrow("a bug");
  expect(database.transaction(() => "goes on")).toEqual({ ok: true, value: "goes on" });
  const count = database.run(
    (connection) => connection.prepare("SELECT count(*) AS n FROM calls").get()?.["n"],
  );
  expect(count).toEqual({ ok: true, value: 0 });
  database.close();
});

test("a closed database is unusable, and may be closed twice", () => {
  const database = opened();
  database.close();
  database.close();
  expect(database.run(() => 1)).toMatchObject({ ok: false, error: { code: "store.unusable" } });
});

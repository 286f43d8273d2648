import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LINES_PER_FILE, type Violation, violations } from "./rules.ts";
import { scanText, scanTree } from "./scan.ts";
import { SHELLS } from "./shells.ts";

const root = join(import.meta.dirname, "../..");
const house = scanTree(root, "src");

describe("the house", () => {
  test("the scan sees the files and their imports", () => {
    expect(house.length).toBeGreaterThan(10);
    expect(house.flatMap((file) => file.imports).length).toBeGreaterThan(20);
    expect(house.map((file) => file.path)).toContain("src/core/result.ts");
  });

  test("every file keeps the import, purity and size rules", () => {
    expect(violations(house, SHELLS)).toEqual([]);
  });
});

describe("the rules see a planted fault", () => {
  const planted = (path: string, text: string): Violation[] => {
    const others = house.filter((file) => file.path !== path);
    return violations([...others, scanText(path, text)], SHELLS).filter(({ where }) => where.includes(path));
  };

  test.each<[what: string, path: string, text: string, rule: Violation["rule"]]>([
    ["core importing sip", "src/core/x.ts", 'import type { Uri } from "../sip/message/message.ts";', "layer"],
    ["core importing a package", "src/core/x.ts", 'import { z } from "zod";', "package"],
    ["core importing Node", "src/core/x.ts", 'import { join } from "node:path";', "package"],
    ["sip importing rtp", "src/sip/x.ts", 'import { parse } from "../rtp/packet.ts";', "layer"],
    ["sip importing the mixer", "src/sip/x.ts", 'import { gain } from "../mixer/matrix.ts";', "layer"],
    ["sip importing a stray package", "src/sip/x.ts", 'import pino from "pino";', "package"],
    ["rtp importing sip", "src/rtp/x.ts", 'export * from "../sip/message/message.ts";', "layer"],
    ["rtp importing the mixer", "src/rtp/x.ts", 'import { gain } from "../mixer/matrix.ts";', "layer"],
    ["the mixer importing sip", "src/mixer/x.ts", 'import "../sip/message/message.ts";', "layer"],
    [
      "the mixer importing b2bua",
      "src/mixer/x.ts",
      'import type { User } from "../b2bua/types.ts";',
      "layer",
    ],
    ["b2bua importing rtp", "src/b2bua/x.ts", 'import { parse } from "../rtp/packet.ts";', "layer"],
    ["b2bua importing the mixer's inside", "src/b2bua/x.ts", 'import "../mixer/engine/port.ts";', "layer"],
    ["b2bua importing supervision", "src/b2bua/x.ts", 'import "../supervision/modes.ts";', "layer"],
    ["supervision importing sip", "src/supervision/x.ts", 'import "../sip/message/message.ts";', "layer"],
    ["supervision importing b2bua's inside", "src/supervision/x.ts", 'import "../b2bua/call.ts";', "layer"],
    [
      "pure supervision importing b2bua",
      "src/supervision/x.ts",
      'import type { User } from "../b2bua/types.ts";',
      "pure",
    ],
    [
      "the store running the registrar",
      "src/store/x.ts",
      'import { R } from "../sip/registrar/types.ts";',
      "layer",
    ],
    [
      "the store running supervision",
      "src/store/x.ts",
      'import { gain } from "../mixer/matrix.ts";',
      "layer",
    ],
    ["the API importing the store", "src/api/x.ts", 'import "../store/store.ts";', "layer"],
    ["sip importing app", "src/sip/x.ts", 'import "../app/main.ts";', "layer"],
    ["b2bua importing app", "src/b2bua/x.ts", 'await import("../app/main.ts");', "layer"],
    ["app importing the test kit", "src/app/x.ts", 'import "../../test/support/manual-clock.ts";', "layer"],
    ["a layer nobody knows", "src/utils/x.ts", "export const x = 1;", "layer"],
    [
      "a type that names a module",
      "src/rtp/x.ts",
      'type U = import("../sip/message/message.ts").Uri;',
      "layer",
    ],
    [
      "a worker by URL",
      "src/rtp/x.ts",
      'new Worker(new URL("../mixer/matrix.ts", import.meta.url));',
      "layer",
    ],
    ["an import of no file", "src/sip/x.ts", 'import "./nowhere.ts";', "scan"],
    ["a pure file importing Node", "src/sip/x.ts", 'import { createSocket } from "node:dgram";', "pure"],
    [
      "a pure file running a shell",
      "src/sip/x.ts",
      'import { systemClock } from "../core/clock.ts";',
      "pure",
    ],
    ["a pure file reading the date", "src/sip/x.ts", "export const x = Date.now();", "pure"],
    ["a pure file making a date of now", "src/sip/x.ts", "export const x = new Date();", "pure"],
    ["a pure file reading a clock", "src/sip/x.ts", "export const x = performance.now();", "pure"],
    ["a pure file setting a timer", "src/sip/x.ts", "setTimeout(() => undefined, 1);", "pure"],
    ["a pure file repeating a timer", "src/sip/x.ts", "setInterval(() => undefined, 1);", "pure"],
    ["a pure file queueing a task", "src/sip/x.ts", "queueMicrotask(() => undefined);", "pure"],
    ["a pure file throwing dice", "src/sip/x.ts", "export const x = Math.random();", "pure"],
    ["a pure file logging", "src/sip/x.ts", 'console.log("x");', "pure"],
    ["a pure file reading the environment", "src/sip/x.ts", 'export const x = process.env["X"];', "pure"],
    ["a pure file drawing bytes", "src/sip/x.ts", "export const x = crypto.randomUUID();", "pure"],
    [
      "a pure file going round by globalThis",
      "src/sip/x.ts",
      "globalThis.setTimeout(() => undefined);",
      "pure",
    ],
    ["a pure file passing a timer on", "src/sip/x.ts", "export const timers = { setTimeout };", "pure"],
    ["a file that imports itself", "src/sip/x.ts", 'import "./x.ts";', "cycle"],
    ["a file too long", "src/sip/x.ts", "// line\n".repeat(LINES_PER_FILE + 1), "size"],
  ])("%s", (_what, path, text, rule) => {
    expect(planted(path, text).map((violation) => violation.rule)).toContain(rule);
  });

  test("two files that import each other", () => {
    const a = scanText("src/sip/a.ts", 'import { B } from "./b.ts";');
    const b = scanText("src/sip/b.ts", 'import { A } from "./a.ts";');
    expect(violations([a, b], {})).toEqual([
      { rule: "cycle", where: "src/sip/a.ts -> src/sip/b.ts -> src/sip/a.ts" },
    ]);
  });

  test("a file on disk", () => {
    const tree = mkdtempSync(join(tmpdir(), "floorwalker-house-"));
    try {
      mkdirSync(join(tree, "src/core/deep"), { recursive: true });
      writeFileSync(join(tree, "src/core/deep/x.ts"), 'import { z } from "zod";\n');
      expect(violations(scanTree(tree, "src"), {})).toEqual([
        { rule: "package", where: "src/core/deep/x.ts:1 imports zod" },
      ]);
    } finally {
      rmSync(tree, { recursive: true });
    }
  });

  test("an empty scan", () => {
    expect(violations([], {}).map(({ where }) => where)).toEqual([
      "no file was scanned",
      "no import was seen",
    ]);
  });

  test("a shell that is no file any more", () => {
    expect(violations(house, { ...SHELLS, "src/sip/gone.ts": "was" })).toContainEqual({
      rule: "scan",
      where: "src/sip/gone.ts is listed as a shell but is no file",
    });
  });
});

describe("the rules let pass", () => {
  test.each<[what: string, text: string]>([
    ["two types that know each other", 'import type { X } from "./x.ts";\nexport type Y = X;'],
    ["a type of a shell", 'import type { Clock } from "../core/clock.ts";\nexport type C = Clock;'],
    ["a given time in another form", "export const iso = (ms: number) => new Date(ms).toISOString();"],
    ["a property of a global's name", "export const f = (x: { process: number }) => x.process;"],
    ["a local of a global's name", "export function f(process: () => void) { process(); }"],
    ["a type of a global's name", "export type T = Date;"],
  ])("%s", (_what, text) => {
    const others = house.filter((file) => file.path === "src/core/clock.ts");
    const found = violations([...others, scanText("src/sip/x.ts", text)], { "src/core/clock.ts": "clock" });
    expect(found.filter(({ rule }) => rule !== "scan")).toEqual([]);
  });
});

describe("the simulated phone", () => {
  test("shares with the server only the message parser and G.711, so that it mirrors no other mistake", () => {
    const phone = scanTree(root, "test/support/phone");
    const shared = phone.flatMap((file) => file.imports).filter(({ target }) => target.startsWith("src/"));
    expect(shared.length).toBeGreaterThan(5);
    expect(shared.filter(({ target }) => !/^src\/(sip\/message|rtp\/codec)\//.test(target))).toEqual([]);
  });
});

import { expect, test } from "vitest";
import { type Command, DEFAULT_CODES, parseFeatureCode, parseKey } from "./feature-codes.ts";
import type { Mode } from "./modes.ts";

test.each<[string, Mode]>([
  ["*901001", "monitor"],
  ["*911001", "whisper"],
  ["*921001", "barge"],
  ["*931001", "takeover"],
])("%s supervises 1001 in %s", (dialled, mode) => {
  expect(parseFeatureCode(dialled)).toEqual({
    ok: true,
    value: { kind: "supervise", mode, extension: "1001" },
  });
});

test("a code with nothing behind it says that an extension is missing", () => {
  expect(parseFeatureCode("*90")).toMatchObject({ ok: false, error: { code: "supervision.no-extension" } });
});

test.each(["1001", "", "*9", "*", "90", "*941001", "1*901001"])("%j is no feature code", (dialled) => {
  expect(parseFeatureCode(dialled)).toBeUndefined();
});

test("where one code begins another, the longest that fits wins", () => {
  const codes = { ...DEFAULT_CODES, barge: "*9" };
  expect(parseFeatureCode("*901001", codes)).toMatchObject({ value: { mode: "monitor", extension: "1001" } });
  expect(parseFeatureCode("*941001", codes)).toMatchObject({ value: { mode: "barge", extension: "41001" } });
});

test("an empty code is switched off and takes no call for itself", () => {
  expect(parseFeatureCode("1001", { ...DEFAULT_CODES, takeover: "" })).toBeUndefined();
});

test.each<[string, Command | undefined]>([
  ["4", "monitor"],
  ["5", "whisper"],
  ["6", "barge"],
  ["7", "takeover"],
  ["9", "handback"],
  ["1", undefined],
  ["*", undefined],
  ["A", undefined],
])("the key %s asks for %s", (key, command) => {
  expect(parseKey(key)).toBe(command);
});

test("keys can be chosen", () => {
  const keys = { monitor: "0", whisper: "1", barge: "3", takeover: "7", handback: "*" };
  expect(parseKey("1", keys)).toBe("whisper");
  expect(parseKey("5", keys)).toBeUndefined();
});

import { describe, expect, test } from "vitest";
import { sipStatusOf } from "../../src/core/failure.ts";
import { responseTo } from "../../src/sip/message/build.ts";
import { parseMessage } from "../../src/sip/message/parse.ts";
import { serialize } from "../../src/sip/message/serialize.ts";
import { INVALID_CASES } from "./invalid-cases.ts";
import { SEMANTIC_CASES } from "./semantic-cases.ts";
import type { TortureCase } from "./torture-case.ts";
import { VALID_CASES } from "./valid-cases.ts";

const CASES = [...VALID_CASES, ...INVALID_CASES, ...SEMANTIC_CASES];

/** What became of it, in the words of a case's `outcome`. */
function outcome({ octets }: TortureCase): TortureCase["outcome"] | number {
  const result = parseMessage(octets);
  if (result.ok) return "understood";
  return result.error.answerable === undefined ? "dropped" : sipStatusOf(result.error);
}

test("there is a case for each of RFC 4475's 49 sections", () => {
  expect(CASES).toHaveLength(49);
  expect(new Set(CASES.map(({ section }) => section)).size).toBe(49);
});

describe("RFC 4475", () => {
  test.each(CASES.map((one) => [`§${one.section}: ${one.title}`, one] as const))("%s", (_, one) => {
    expect(outcome(one)).toBe(one.outcome);
    const result = parseMessage(one.octets);
    if (!result.ok) {
      const { answerable } = result.error;
      if (answerable === undefined) return;
      expect(parseMessage(serialize(responseTo(answerable, sipStatusOf(result.error)))).ok).toBe(true);
      return;
    }
    expect(one.owed).toBeDefined();
    expect(result.value).toMatchObject(one.means ?? {});
    expect(parseMessage(serialize(result.value))).toEqual(result);
  });
});

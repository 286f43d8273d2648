import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { SCHEMA } from "./schema.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");

/** Every key of the schema, from the top. */
function keysOf(schema: unknown, path: string): string[] {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return keysOf(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodArray) return [path, ...keysOf(schema.element, "")];
  if (!(schema instanceof z.ZodObject)) return path === "" ? [] : [path];
  return Object.entries(schema.shape).flatMap(([key, inner]) =>
    keysOf(inner, path === "" ? key : `${path}.${key}`),
  );
}

test("docs/configuration.md names every key", () => {
  const keys = keysOf(SCHEMA, "");
  expect(keys).toContain("users");
  expect(keys).toContain("extension");
  expect(keys.length).toBeGreaterThan(30);
  // `supervision.keys.monitor`, or `.whisper` right behind its sibling.
  const named = (key: string) =>
    page.includes(`\`${key}\``) || page.includes(`\`${key.slice(key.lastIndexOf("."))}\``);
  expect(keys.filter((key) => !named(key))).toEqual([]);
});

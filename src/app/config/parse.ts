import { z } from "zod";
import type { FailureCode } from "../../core/failure.ts";
import type { Issue, Path } from "./issue.ts";
import { suggestion } from "./issue.ts";
import { type Parsed, SCHEMA, SECTIONS } from "./schema.ts";

/** What the schema made of a file: the sections that are right, defaults for the others, and everything that is wrong. */
export interface ParseOutcome {
  readonly parsed: Parsed;
  readonly issues: readonly Issue[];
}

/** Checks the shape of a file's content. */
export function parse(content: unknown): ParseOutcome {
  const outcome = SCHEMA.safeParse(content);
  if (outcome.success) return { parsed: outcome.data, issues: [] };
  return {
    parsed: rightSections(content),
    issues: outcome.error.issues.flatMap((issue) => issuesOf(issue, content)),
  };
}

/** So that what one key means to another is checked too, though some section is wrong: all errors are told at once. */
function rightSections(content: unknown): Parsed {
  const right: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(SECTIONS)) {
    const written = valueAt(content, [name]);
    if (schema.safeParse(written).success) right[name] = written;
  }
  return SCHEMA.parse(right);
}

function issuesOf(issue: z.core.$ZodIssue, content: unknown): Issue[] {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(SCHEMA, path);
    return issue.keys.map((key) => ({
      code: "config.unknown-key",
      path: [...path, key],
      text: `expected one of ${known.join(", ")}${suggestion(key, known)}`,
    }));
  }
  const found = valueAt(content, path);
  const near =
    issue.code === "invalid_value" && typeof found === "string"
      ? suggestion(found, issue.values.map(String))
      : "";
  const marked: FailureCode | undefined = issue.code === "custom" ? issue.params?.["failure"] : undefined;
  const code = marked ?? "config.wrong-value";
  const shown = code === "config.unavailable" ? "" : `, found ${show(found)}`;
  return [{ code, path, text: `${issue.message}${shown}${near}` }];
}

/** The keys that the schema knows at a path. */
function keysAt(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return keysAt(schema.unwrap(), path);
  }
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  return step === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[step], rest);
}

function valueAt(content: unknown, path: Path): unknown {
  let value = content;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return JSON.stringify(value);
}

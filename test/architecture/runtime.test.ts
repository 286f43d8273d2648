import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Package {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest: Package = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
const major = (version: string): number => Number(/^\D*(\d+)/.exec(version)?.[1]);

test("every dependency is pinned to one exact version", () => {
  const loose = Object.entries(manifest.dependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

test("the pinned Node satisfies the engines field", () => {
  expect(manifest.engines.node).toMatch(/^>=\d+$/);
  expect(major(manifest.dependencies["node"] ?? "")).toBeGreaterThanOrEqual(major(manifest.engines.node));
});

test("these tests run on the pinned Node", () => {
  expect(process.versions.node).toBe(manifest.dependencies["node"]);
});

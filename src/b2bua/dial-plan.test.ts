import { expect, test } from "vitest";
import { route } from "./dial-plan.ts";
import type { User } from "./types.ts";

const agent: User = { extension: "1001", name: "Agent One", role: "agent", team: "sales", supervises: [] };
const plan = { users: new Map([["1001", agent]]), codes: ["*90", "*91"] };

test.each([
  ["1001", { ok: true, value: { type: "extension", user: agent } }],
  ["%31001", { ok: true, value: { type: "extension", user: agent } }],
  ["(10) 01", { ok: true, value: { type: "extension", user: agent } }],
  ["*901001", { ok: true, value: { type: "feature", dialled: "*901001" } }],
  ["%2A901001", { ok: true, value: { type: "feature", dialled: "*901001" } }],
  ["*90", { ok: true, value: { type: "feature", dialled: "*90" } }],
  ["*95", { ok: false, error: { code: "call.no-such-extension", detail: "*95" } }],
  ["", { ok: false, error: { code: "call.no-such-extension", detail: "" } }],
  ["9999", { ok: false, error: { code: "call.no-such-extension", detail: "9999" } }],
])("%s is routed", (dialled, expected) => {
  expect(route(plan, dialled)).toEqual(expected);
});

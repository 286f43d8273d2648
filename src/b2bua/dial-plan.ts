/** Decides what a dialled string means: a feature code, an extension, or nothing we know. Pure. */
import type { Failure } from "../core/failure.ts";
import { failure } from "../core/failure.ts";
import type { Result } from "../core/result.ts";
import { err, ok } from "../core/result.ts";
import type { User } from "./types.ts";

export type Target =
  | { readonly type: "extension"; readonly user: User }
  | { readonly type: "feature"; readonly dialled: string };

export interface DialPlan {
  readonly users: ReadonlyMap<string, User>;
  /** The codes that begin a feature, for example "*90". */
  readonly codes: readonly string[];
}

/** `dialled` is the user part of the Request-URI, escapes included. Error: `call.no-such-extension`. */
export function route(plan: DialPlan, dialled: string): Result<Target, Failure> {
  const number = plainNumber(dialled);
  const user = plan.users.get(number);
  if (user !== undefined) return ok({ type: "extension", user });
  if (plan.codes.some((code) => number.startsWith(code))) return ok({ type: "feature", dialled: number });
  return err(failure("call.no-such-extension", number));
}

/** Undoes %-escapes (phones send "%2A90" and "*90") and drops what only people read: spaces, dashes, brackets. */
function plainNumber(dialled: string): string {
  const plain = dialled.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return plain.replaceAll(/[\s()-]/g, "");
}

/**
 * The one policy (promise 6): feature code, key press and every later way in ask `decide`, at every change. It decides
 * from the people and the call as they are at that moment; what it does not allow is refused. It must never answer from
 * an earlier verdict.
 */

import { type Failure, failure } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Mode } from "./modes.ts";

/** What the policy knows of a configured person. */
export interface Member {
  readonly extension: string;
  readonly role: "agent" | "supervisor" | "customer";
  readonly team?: string;
  readonly supervises: readonly string[];
}

/** What the policy knows of a call. */
export interface PolicyCall {
  readonly state: "ringing" | "early" | "talking";
  readonly parties: readonly { readonly user?: { readonly extension: string } }[];
}

/** Who and what a verdict is about; undefined is what the house does not know (any more). */
export interface Facts {
  readonly actor: Member | undefined;
  readonly target: Member | undefined;
  readonly call: PolicyCall | undefined;
}

/** To be in a mode, or to leave. */
export type Action = Mode | "leave";

/**
 * May `actor` do this? Errors: `supervision.not-a-supervisor`, `supervision.no-such-extension`, `supervision.oneself`,
 * `supervision.not-your-team`, `supervision.no-live-call`; who may not supervise at all learns nothing of extensions and calls.
 */
export function decide(request: Facts & { readonly action: Action }): Result<true, Failure> {
  const { actor, target, call } = request;
  // Silence needs no permission.
  if (request.action === "leave") return ok(true);
  if (actor?.role !== "supervisor") return err(failure("supervision.not-a-supervisor"));
  if (target === undefined) return err(failure("supervision.no-such-extension"));
  if (target.extension === actor.extension) return err(failure("supervision.oneself"));
  if (target.team === undefined || !actor.supervises.includes(target.team)) {
    return err(failure("supervision.not-your-team"));
  }
  if (call?.state !== "talking" || !takesPart(call, target)) return err(failure("supervision.no-live-call"));
  if (takesPart(call, actor)) return err(failure("supervision.oneself"));
  return ok(true);
}

function takesPart(call: PolicyCall, member: Member): boolean {
  return call.parties.some((party) => party.user?.extension === member.extension);
}

/**
 * Chooses which of several refusals a caller is given, and translates what phones say into what a caller can use
 * (RFC 3261 §16.7 step 6). Pure.
 */
import type { Failure } from "../core/failure.ts";
import { CATALOGUE, failure, messageOf } from "../core/failure.ts";

/** Why a leg did not answer: a SIP status, and the failure or the peer's own phrase behind it. */
export interface Refusal {
  /** 300 to 699. */
  readonly status: number;
  readonly failure?: Failure;
  readonly reason?: string;
}

/** The refusal that a failure of the catalogue gives. */
export function refusalOf(why: Failure): Refusal {
  return { status: CATALOGUE[why.code].sip, failure: why };
}

/** The phrase that stands behind the status. */
export function phraseOf(refusal: Refusal): string | undefined {
  return refusal.failure === undefined ? refusal.reason : messageOf(refusal.failure);
}

/**
 * What the caller hears of what a callee's phone said. A phone's 401, 407, 408, 5xx or redirection is our trouble with that phone and
 * nothing the caller could act on: it is told that nobody answered.
 */
export function translate(refusal: Refusal): Refusal {
  const { status } = refusal;
  const ours = status < 400 || status === 401 || status === 407 || status === 408 || status === 487;
  if (ours || (status >= 500 && status < 600 && status !== 503)) {
    return { status: 480, failure: failure("call.no-answer") };
  }
  return refusal;
}

/** Any 6xx first; then "busy", which says more than the rest; then the lowest status. 480 where there is none. */
export function bestRefusal(refusals: readonly Refusal[]): Refusal {
  let best: Refusal | undefined;
  for (const refusal of refusals.map(translate)) {
    if (best === undefined || rank(refusal) < rank(best)) best = refusal;
  }
  return best ?? { status: 480, failure: failure("call.no-answer") };
}

function rank({ status }: Refusal): number {
  if (status >= 600) return status - 600;
  if (status === 486) return 100;
  return status;
}

/**
 * Who may change a session now: re-INVITEs of both sides, glare, and when ours is tried again (RFC 3261 §14).
 * Pure: chance comes in as a number. It never lets two INVITE transactions run in one dialog at a time.
 */

/** How often a re-INVITE of ours is tried again after a 491. */
export const MAX_RETRIES = 3;

export interface Modification {
  /** Ours: in the air, or waiting for its next try. */
  readonly ours: "none" | "sent" | "waiting";
  readonly retries: number;
  /** An INVITE of the peer in this dialog: not yet answered, or answered 2xx and not yet acknowledged. */
  readonly theirs: "none" | "proceeding" | "accepted";
}

/** `chance` is from 0 up to 1; `owner` says whether the Call-ID is ours (§14.1). */
export type ModificationEvent =
  /** Our user wants to send a re-INVITE, none being on its way; or its wait is over. */
  | { readonly type: "send"; readonly owner: boolean; readonly chance: number }
  | { readonly type: "retry"; readonly owner: boolean; readonly chance: number }
  /** The final answer to ours; 0 where there was none. */
  | { readonly type: "answered"; readonly status: number; readonly owner: boolean; readonly chance: number }
  | { readonly type: "received"; readonly chance: number }
  /** Theirs has got its 2xx, or is over: refused, acknowledged, never acknowledged. */
  | { readonly type: "theirs-accepted" }
  | { readonly type: "theirs-over" };

export type ModificationEffect =
  | { readonly type: "send" }
  | { readonly type: "wait"; readonly ms: number }
  /** Ours is over: hand the answer on, or `sip.request-pending` where none came. */
  | { readonly type: "done" }
  | { readonly type: "deliver" }
  | { readonly type: "refuse"; readonly status: 491 }
  | { readonly type: "refuse"; readonly status: 500; readonly retryAfterSeconds: number };

interface Step {
  readonly state: Modification;
  readonly effect?: ModificationEffect;
}

/** At the start the INVITE that begins the session is itself in progress, from the one side or the other. */
export const INITIAL: Readonly<Record<"sent" | "received", Modification>> = {
  sent: { ours: "sent", retries: 0, theirs: "none" },
  received: { ours: "none", retries: 0, theirs: "proceeding" },
};

/** Advances by one event. */
export function step(state: Modification, event: ModificationEvent): Step {
  switch (event.type) {
    case "send":
      return state.ours === "none" ? send(state, event) : { state };
    case "retry":
      return state.ours === "waiting" ? send(state, event) : { state };
    case "answered":
      if (state.ours !== "sent") return { state };
      return event.status === 491 ? wait(state, event) : done(state);
    case "received":
      return onReceived(state, event.chance);
    case "theirs-accepted":
      return { state: { ...state, theirs: "accepted" } };
    case "theirs-over":
      return { state: { ...state, theirs: "none" } };
  }
}

function send(state: Modification, event: { readonly owner: boolean; readonly chance: number }): Step {
  // §14.1: no INVITE while another is in progress in either direction; as if the peer had answered 491.
  if (state.theirs !== "none") return wait(state, event);
  return { state: { ...state, ours: "sent" }, effect: { type: "send" } };
}

function wait(
  state: Modification,
  { owner, chance }: { readonly owner: boolean; readonly chance: number },
): Step {
  if (state.retries === MAX_RETRIES) return done(state);
  return {
    state: { ...state, ours: "waiting", retries: state.retries + 1 },
    effect: { type: "wait", ms: retryDelayMs(owner, chance) },
  };
}

function done(state: Modification): Step {
  return { state: { ...state, ours: "none", retries: 0 }, effect: { type: "done" } };
}

function onReceived(state: Modification, chance: number): Step {
  // §14.2: a second one before the first is answered.
  if (state.theirs === "proceeding") {
    return { state, effect: { type: "refuse", status: 500, retryAfterSeconds: Math.floor(chance * 11) } };
  }
  // Ours is in the air, or an earlier 2xx of ours has no ACK yet and the offers of both would cross (RFC 5407 §3.1.4).
  if (state.ours === "sent" || state.theirs === "accepted") {
    return { state, effect: { type: "refuse", status: 491 } };
  }
  return { state: { ...state, theirs: "proceeding" }, effect: { type: "deliver" } };
}

/** §14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms. */
export function retryDelayMs(owner: boolean, chance: number): number {
  return owner ? 2100 + 10 * Math.floor(chance * 191) : 10 * Math.floor(chance * 201);
}

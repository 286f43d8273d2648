/**
 * The INVITE with which we begin a session (RFC 3261 §13.2): its forks, its CANCEL, and the 2xx that crosses it.
 * Pure: a fork is known by its To tag. It never lets two forks win, and never leaves a 2xx without ACK.
 */
import { type Step as AnyStep, to } from "../transaction/machine.ts";
import type { Ending } from "./received-invite.ts";

export type SentInvitePhase =
  /** No answer yet. */
  | "calling"
  /** A provisional answer has come: a CANCEL may go out (RFC 3261 §9.1). */
  | "proceeding"
  /** Our user has hung up before any answer came: the CANCEL waits for a provisional one. */
  | "cancel-wanted"
  | "cancelled"
  /** The winner's 2xx has come, our user has not acknowledged it. */
  | "accepted"
  | "confirmed"
  | "over";

export interface SentInvite {
  readonly phase: SentInvitePhase;
  /** The To tag of the first 2xx. */
  readonly winner: string | undefined;
  /** The tags whose 2xx has been acknowledged: it gets the same ACK whenever it comes again. */
  readonly acknowledged: readonly string[];
}

export type SentInviteEvent =
  | { readonly type: "progress" }
  | { readonly type: "accepted"; readonly tag: string }
  /** A final answer other than 2xx, a timeout or a transport failure. */
  | { readonly type: "rejected"; readonly cause: "rejected" | "failure" }
  /** Our user acknowledges the winner. */
  | { readonly type: "acknowledge" }
  /** Our user hangs up. */
  | { readonly type: "hang-up" }
  /** The peer hangs up. */
  | { readonly type: "bye" };

export type SentInviteEffect =
  | { readonly type: "ack" | "repeat-ack" | "bye"; readonly tag: string }
  | { readonly type: "cancel" }
  /** Hand the answer that the event brought to the user. */
  | { readonly type: "progress" | "accepted" | "rejected" }
  | ({ readonly type: "ended" } & Ending);

type Step = AnyStep<SentInvite, SentInviteEffect>;

export const SENT_INVITE: SentInvite = { phase: "calling", winner: undefined, acknowledged: [] };

/** Advances by one event. */
export function step(state: SentInvite, event: SentInviteEvent): Step {
  switch (event.type) {
    case "progress":
      return onProgress(state);
    case "accepted":
      return onAccepted(state, event.tag);
    case "rejected":
      return onRejected(state, event);
    case "acknowledge":
      return state.phase === "accepted" && state.winner !== undefined
        ? acknowledge(state, state.winner, "confirmed")
        : to(state);
    case "hang-up":
      return onHangUp(state);
    case "bye":
      return onBye(state);
  }
}

function onProgress(state: SentInvite): Step {
  if (state.phase === "cancel-wanted") return cancel(state);
  if (state.phase === "calling" || state.phase === "proceeding") {
    return go(state, "proceeding", { type: "progress" });
  }
  return to(state);
}

function onAccepted(state: SentInvite, tag: string): Step {
  if (state.acknowledged.includes(tag)) return to(state, { type: "repeat-ack", tag });
  if (tag === state.winner) return to(state);
  switch (state.phase) {
    case "calling":
    case "proceeding":
      return to({ ...state, phase: "accepted", winner: tag }, { type: "accepted" });
    case "cancel-wanted":
    case "cancelled":
      // The 2xx has crossed our CANCEL: the session exists, and is hung up at once (RFC 3261 §9.1, §15).
      return hangUpFork(state, tag, "over", ended("local", "cancel"));
    case "accepted":
    case "confirmed":
    case "over":
      // RFC 3261 §13.2.2.4: another fork has answered too.
      return hangUpFork(state, tag, state.phase);
  }
}

function onRejected(state: SentInvite, event: SentInviteEvent & { type: "rejected" }): Step {
  switch (state.phase) {
    case "calling":
    case "proceeding":
      return go(state, "over", { type: "rejected" }, ended("remote", event.cause));
    case "cancel-wanted":
    case "cancelled":
      return go(state, "over", { type: "rejected" }, ended("local", "cancel"));
    case "accepted":
    case "confirmed":
    case "over":
      return to(state);
  }
}

function onHangUp(state: SentInvite): Step {
  switch (state.phase) {
    case "calling":
      return go(state, "cancel-wanted");
    case "proceeding":
      return cancel(state);
    case "accepted":
    case "confirmed":
      return hangUpWinner(state);
    case "cancel-wanted":
    case "cancelled":
    case "over":
      return to(state);
  }
}

function onBye(state: SentInvite): Step {
  switch (state.phase) {
    case "accepted":
      return state.winner === undefined
        ? to(state)
        : acknowledge(state, state.winner, "over", ended("remote", "bye"));
    case "confirmed":
      return go(state, "over", ended("remote", "bye"));
    case "calling":
    case "proceeding":
      // A callee may not send it before its 2xx (RFC 3261 §15), which is on the way, lost, or that of another fork's.
      return onHangUp(state);
    case "cancel-wanted":
    case "cancelled":
    case "over":
      return to(state);
  }
}

function hangUpWinner(state: SentInvite): Step {
  if (state.winner === undefined) return to(state);
  const bye: SentInviteEffect[] = [{ type: "bye", tag: state.winner }, ended("local", "bye")];
  return state.phase === "accepted"
    ? acknowledge(state, state.winner, "over", ...bye)
    : go(state, "over", ...bye);
}

function hangUpFork(
  state: SentInvite,
  tag: string,
  phase: SentInvitePhase,
  ...effects: SentInviteEffect[]
): Step {
  return acknowledge(state, tag, phase, { type: "bye", tag }, ...effects);
}

function acknowledge(
  state: SentInvite,
  tag: string,
  phase: SentInvitePhase,
  ...effects: SentInviteEffect[]
): Step {
  const acknowledged = [...state.acknowledged, tag];
  return to({ ...state, phase, acknowledged }, { type: "ack", tag }, ...effects);
}

function cancel(state: SentInvite): Step {
  return go(state, "cancelled", { type: "cancel" });
}

function go(state: SentInvite, phase: SentInvitePhase, ...effects: SentInviteEffect[]): Step {
  return to({ ...state, phase }, ...effects);
}

function ended(by: Ending["by"], cause: Ending["cause"]): SentInviteEffect {
  return { type: "ended", by, cause };
}

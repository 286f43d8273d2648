import type { Emitter } from "../core/emitter.ts";
import type { Failure } from "../core/failure.ts";
import type { Matrix, PortId } from "../mixer/matrix.ts";

/** A configured person or phone, as the dial plan and policy know it. */
export interface User {
  readonly extension: string;
  readonly name: string;
  readonly role: "agent" | "supervisor" | "customer";
  readonly team?: string;
  /** Teams this user may supervise; empty for anybody but a supervisor. */
  readonly supervises: readonly string[];
}

/** One side of a call as others see it. */
export interface Party {
  readonly leg: string;
  /** Its media port; "" while the call rings and it has none. */
  readonly port: PortId;
  /** The configured user behind the leg; absent for a caller from outside. */
  readonly user?: User;
  /** What a display shows: an extension or a number. */
  readonly display: string;
  /** This party has put the other on hold (it sends no audio and wants none). */
  readonly holds: boolean;
}

/** A live call as others see it: an immutable snapshot. */
export interface CallView {
  readonly id: string;
  /** "early": still ringing, but the caller hears the callee's early media. */
  readonly state: "ringing" | "early" | "talking";
  /** The caller first. */
  readonly parties: readonly [Party, Party];
  /** Wall-clock ms (UTC) at which it began to ring. */
  readonly startedAt: number;
  /** Wall-clock ms at which it was answered; absent while it rings. */
  readonly answeredAt?: number;
}

export type DirectoryEvents = {
  /** A call was answered, a party held or resumed. */
  changed: [call: CallView];
  /** It is over, whether it was ever answered or not; its ports close after this event. `cause` is for people. */
  ended: [call: CallView, cause: string];
};

/** What the rest of the house may know and ask of the live calls. */
export interface CallDirectory {
  readonly events: Emitter<DirectoryEvents>;
  get(call: string): CallView | undefined;
  /** Live calls of an extension, the active one (talking, latest answered) first. */
  callsOf(extension: string): readonly CallView[];
  /** Every live call. */
  all(): readonly CallView[];
  /** Computes the call's matrix anew by the injected `Audio` and puts it in force: whole, between two frames. */
  refreshAudio(call: string): void;
  /** Hangs up both legs. */
  hangUp(call: string): void;
}

/** Decides who hears whom in a call: injected, so that supervision fills the matrix without the B2BUA knowing of it. */
export type Audio = (call: CallView) => Matrix;

/** A leg that called a feature code: authenticated, not yet answered. */
export interface FeatureLeg {
  readonly id: string;
  /** Who calls. */
  readonly user: User;
  /** What was dialled, for example "*901001". */
  readonly dialled: string;
  readonly events: Emitter<FeatureLegEvents>;
  /**
   * Negotiates and answers, the media port opened beside the ports of `call`. The caller hears nothing until a matrix says so.
   * A failure has already been answered to the phone.
   */
  answer(call: string): Promise<Failure | PortId>;
  /** Takes the answered leg's media port beside the ports of another call: silent there until a matrix says otherwise. */
  join(call: string): void;
  /** Refuses with the failure's SIP status and its text as the reason phrase. */
  refuse(failure: Failure): void;
  /** Hangs up; `reason` is shown by phones that can (RFC 3326 text). */
  hangUp(reason: string): void;
}

export type FeatureLegEvents = {
  /** A key, by RFC 4733 at its first packet or by SIP INFO, once per press. */
  digit: [digit: string];
  /** The supervisor's own phone held or resumed: while it holds, it wants no audio and sends none. */
  hold: [on: boolean];
  /** The leg is gone, exactly once, whoever ended it (`refuse` and `hangUp` too); its port closes after this event. */
  ended: [];
};

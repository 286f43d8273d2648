import type { Cancel, Clock } from "../core/clock.ts";
import type { Failure } from "../core/failure.ts";
import type { InviteOptions, UserAgent } from "../sip/dialog/types.ts";
import { begin, type CallEffect, type CallEvent, type CallState, type CallStep, step } from "./call.ts";
import type { LiveCall, LiveCalls } from "./directory.ts";
import type { Leg } from "./leg.ts";
import { phraseOf, refusalOf } from "./refusal.ts";
import type { CallView, Party, User } from "./types.ts";

/** One ringing attempt: a leg not yet dialled and where it goes. */
export interface Attempt {
  readonly leg: Leg;
  readonly invite: InviteOptions;
}

export interface CallOptions {
  readonly id: string;
  readonly caller: Leg;
  readonly callerUser: User;
  readonly callee: User;
  readonly attempts: readonly Attempt[];
  readonly ringTimeoutMs: number;
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly userAgent: UserAgent;
}

/** Carries out what the call's state machine decides: legs, the ring timer, the directory. Decides nothing itself. */
export class CallRunner implements LiveCall {
  readonly id: string;
  readonly #options: CallOptions;
  readonly #legs = new Map<string, Leg>();
  readonly #attempts = new Map<string, Attempt>();
  #state: CallState = { phase: "over" };
  /** The last view while the call lived: what the directory tells of its end. */
  #view: CallView | undefined;
  readonly #startedAt: number;
  #answeredAt: number | undefined;
  #stopRingTimer: Cancel = () => {};

  constructor(options: CallOptions) {
    this.id = options.id;
    this.#options = options;
    this.#startedAt = options.clock.wallNow();
    this.#adopt(options.caller);
    for (const attempt of options.attempts) {
      this.#attempts.set(attempt.leg.id, attempt);
      this.#adopt(attempt.leg);
    }
  }

  /** Begins to ring. */
  start(): void {
    const { caller, attempts, calls } = this.#options;
    const first = begin(
      caller.id,
      attempts.map((attempt) => ({ leg: attempt.leg.id })),
    );
    if (first.state.phase !== "over") calls.add(this);
    this.#enter(first);
  }

  hangUp(reason: string): void {
    this.#dispatch({ type: "hang-up", reason });
  }

  /** The call as others see it; its last living state once it is over. */
  view(): CallView | undefined {
    const state = this.#state;
    if (state.phase === "over") return this.#view;
    const { callerUser, callee, caller } = this.#options;
    const talking = state.phase === "talking";
    const early = !talking && typeof state.told === "object" ? state.told.early : undefined;
    const calleeLeg = talking ? state.callee : (early ?? state.branches[0]?.leg ?? "");
    const holding = talking ? state.holding : [];
    this.#view = {
      id: this.id,
      state: talking ? "talking" : early === undefined ? "ringing" : "early",
      parties: [
        this.#party(caller.id, callerUser, holding.includes(caller.id)),
        this.#party(calleeLeg, callee, holding.includes(calleeLeg)),
      ],
      startedAt: this.#startedAt,
      ...(this.#answeredAt === undefined ? {} : { answeredAt: this.#answeredAt }),
    };
    return this.#view;
  }

  #party(leg: string, user: User, holds: boolean): Party {
    return { leg, port: this.#legs.get(leg)?.port ?? "", user, display: user.extension, holds };
  }

  #adopt(leg: Leg): void {
    this.#legs.set(leg.id, leg);
    const { id, events } = leg;
    events.on("progress", (early) => this.#dispatch({ type: "progress", leg: id, early }));
    events.on("answered", () => this.#dispatch({ type: "answered", leg: id }));
    events.on("refused", (refusal) => {
      this.#dispatch({ type: "refused", leg: id, refusal });
      leg.close();
    });
    events.on("hold", (on) => this.#dispatch({ type: "hold", leg: id, on }));
    events.on("media-lost", (reason) => this.#dispatch({ type: "media-lost", leg: id, reason }));
    events.on("unanswerable", (failure) => this.#dispatch({ type: "unanswerable", failure }));
    events.on("info-digit", (digit) => this.#other(id)?.sendDigit(digit));
    events.on("ended", (reason) =>
      this.#dispatch({ type: "ended", leg: id, ...(reason === undefined ? {} : { reason }) }),
    );
  }

  /** The other talking leg: it gets the digits that came by INFO. */
  #other(leg: string): Leg | undefined {
    const state = this.#state;
    if (state.phase !== "talking") return undefined;
    return this.#legs.get(leg === state.caller ? state.callee : state.caller);
  }

  #dispatch(event: CallEvent): void {
    this.#enter(step(this.#state, event));
  }

  #enter({ state, effects }: CallStep): void {
    // Seen once more before the state goes, so that the end can be told with who took part.
    if (state.phase === "over") this.view();
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: CallEffect): void {
    const { caller, calls, clock, ringTimeoutMs } = this.#options;
    switch (effect.type) {
      case "dial":
        this.#dial(effect.leg);
        return;
      case "tell-ringing":
        caller.ring(effect.early === undefined ? undefined : this.#legs.get(effect.early));
        return;
      case "answer-caller":
        this.#answeredAt = clock.wallNow();
        caller.answer(this.#other(caller.id)?.codec);
        return;
      case "refuse-caller":
        caller.end({ status: effect.refusal.status, phrase: phraseOf(effect.refusal) });
        return;
      case "end":
        this.#end(effect.leg, effect.reason);
        return;
      case "start-ring-timer":
        this.#stopRingTimer = clock.after(ringTimeoutMs, () => this.#dispatch({ type: "ring-timeout" }));
        return;
      case "stop-ring-timer":
        this.#stopRingTimer();
        return;
      case "audio":
        if (this.#state.phase === "over") calls.silence(this.id);
        else calls.refreshAudio(this.id);
        return;
      case "changed":
        calls.changed(this);
        return;
      case "over":
        calls.remove(this, effect.cause);
        this.#closeLegs();
        return;
    }
  }

  #dial(leg: string): void {
    const attempt = this.#attempts.get(leg);
    if (attempt === undefined) return;
    const refused = (failure: Failure): void =>
      this.#dispatch({ type: "refused", leg, refusal: refusalOf(failure) });
    const { userAgent, caller } = this.#options;
    attempt.leg.dial(userAgent, this.id, attempt.invite, caller.codec, refused);
  }

  /** A leg that a living call does without gives its media port back at once. */
  #end(id: string, reason: string | undefined): void {
    const leg = this.#legs.get(id);
    leg?.end(reason === undefined ? {} : { reason });
    if (this.#state.phase !== "over") leg?.close();
  }

  /** Every leg is told to end by the state machine; what is left here is its media port. */
  #closeLegs(): void {
    for (const leg of this.#legs.values()) leg.close();
  }
}

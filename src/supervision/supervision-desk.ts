import type { Audio, CallDirectory, CallView, FeatureLeg, User } from "../b2bua/types.ts";
import type { Clock } from "../core/clock.ts";
import { type Failure, failure, messageOf } from "../core/failure.ts";
import { type Matrix, SILENCE } from "../mixer/matrix.ts";
import { matrixOf } from "./audio.ts";
import {
  DEFAULT_CODES,
  DEFAULT_KEYS,
  type FeatureCodes,
  type Keys,
  parseFeatureCode,
  parseKey,
} from "./feature-codes.ts";
import { type Ledger, Recorder } from "./ledger/recorder.ts";
import type { Facts } from "./policy.ts";
import { audioOf, partyOf, peopleOf, type Session, type SupervisionView, viewOf } from "./session.ts";
import { type AfterCall, begin, type Effect, type Event, step } from "./supervision.ts";

/** Where the desk says what it did; a pino logger fits. */
export interface DeskLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SupervisionOptions {
  readonly directory: CallDirectory;
  /** The configured user of an extension as of now: asked anew at every change. */
  readonly users: (extension: string) => User | undefined;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly codes?: FeatureCodes;
  readonly keys?: Keys;
  /** What becomes of a supervision when its call ends; `end` unless said otherwise. */
  readonly afterCall?: AfterCall;
  readonly log?: DeskLog;
}

/** The supervision desk as the rest of the house sees it. */
export interface Supervision {
  /**
   * The matrix of a call with its supervisions, already on record: to be injected in the B2BUA, and asked for only to be
   * put in force at once. Where the ledger cannot be written it is the matrix without any supervision (promises 5 and 7).
   */
  readonly audio: Audio;
  /** Serves a leg that dialled a feature code; resolves once it is refused, or answered and attached. */
  handle(leg: FeatureLeg): Promise<void>;
  /** To be called when the users have changed: every supervision is judged again. */
  policyChanged(): void;
  supervisions(): readonly SupervisionView[];
}

/** Opens the desk: it follows the directory's events from now on. */
export function createSupervision(options: SupervisionOptions): Supervision {
  return new Desk(options);
}

/** An effect to carry out, and what it is about. */
interface Due {
  readonly effect: Effect;
  readonly leg: FeatureLeg;
  readonly call: string;
}

/** Runs the state machines of all supervisions: looks up facts, carries out effects, decides nothing. */
class Desk implements Supervision {
  readonly #directory: CallDirectory;
  readonly #options: SupervisionOptions;
  readonly #recorder: Recorder;
  #sessions: readonly Session[] = [];

  constructor(options: SupervisionOptions) {
    this.#options = options;
    this.#directory = options.directory;
    this.#recorder = new Recorder(options.ledger, options.clock);
    this.#directory.events.on("changed", (call) => this.#onCallChanged(call));
    this.#directory.events.on("ended", (call) => this.#onCallEnded(call));
  }

  readonly audio: Audio = (call) => {
    const sessions = this.#following(call.id);
    const matrix = matrixOf(call, audioOf(call, sessions));
    const recorded = this.#recorder.record(call.id, matrix, peopleOf(call, sessions));
    return recorded.ok ? matrix : this.#silence(call, recorded.error);
  };

  async handle(leg: FeatureLeg): Promise<void> {
    const code = parseFeatureCode(leg.dialled, this.#options.codes ?? DEFAULT_CODES);
    if (code === undefined) return this.#refuse(leg, failure("call.no-such-extension", leg.dialled));
    if (!code.ok) return this.#refuse(leg, code.error);

    const { mode, extension: target } = code.value;
    const call = this.#directory.callsOf(target).find((one) => one.state === "talking");
    const begun = begin(mode, this.#factsOf(leg, target, call));
    if (!begun.ok) return this.#refuse(leg, begun.error);
    const unrecordable = this.#options.ledger.check();
    if (unrecordable !== undefined) return this.#refuse(leg, unrecordable);
    if (call === undefined) return this.#refuse(leg, failure("supervision.no-live-call"));

    const startedAt = this.#options.clock.wallNow();
    await this.#answer({ leg, target, startedAt, call: call.id, port: undefined, state: begun.value });
  }

  policyChanged(): void {
    this.#advance(this.#sessions, { type: "facts-changed" });
  }

  supervisions(): readonly SupervisionView[] {
    return this.#sessions.map(viewOf).filter((view) => view !== undefined);
  }

  async #answer(session: Session): Promise<void> {
    const { leg } = session;
    this.#sessions = [...this.#sessions, session];
    leg.events.on("ended", () => this.#advance([session], { type: "leg-ended" }));
    leg.events.on("digit", (digit) => this.#onKey(session, digit));
    leg.events.on("hold", (on) => this.#advance([session], { type: "leg-held", on }));
    const answered = await leg.answer(session.call);
    if (typeof answered !== "string") {
      // Its phone already has the refusal.
      this.#advance([session], { type: "leg-ended" });
      return;
    }
    session.port = answered;
    this.#advance([session], { type: "answered" });
  }

  #onKey(session: Session, digit: string): void {
    const command = parseKey(digit, this.#options.keys ?? DEFAULT_KEYS);
    if (command !== undefined) this.#advance([session], { type: "key", command });
  }

  #onCallChanged(call: CallView): void {
    this.#advance(this.#following(call.id), { type: "facts-changed" });
    if (call.state !== "talking") return;
    const waiting = this.#sessions.filter(
      (session) => session.state.phase === "waiting" && partyOf(call, session.target) !== undefined,
    );
    for (const session of waiting) {
      session.call = call.id;
      session.leg.join(call.id);
    }
    this.#advance(waiting, { type: "call-started" });
  }

  #onCallEnded(call: CallView): void {
    this.#advance(this.#following(call.id), { type: "call-ended" });
    // The directory may no longer ask for the audio of a call that is over.
    const recorded = this.#recorder.record(call.id, SILENCE, new Map());
    if (!recorded.ok) this.#warn(call, recorded.error);
  }

  /** The ledger failed: every supervision of the call ends. Its leg is hung up once the silence is in force. */
  #silence(call: CallView, cause: Failure): Matrix {
    this.#warn(call, cause);
    const due = this.#step(this.#following(call.id), { type: "failed", failure: cause });
    queueMicrotask(() => this.#hangUp(due));
    return matrixOf(call, []);
  }

  /** Steps the supervisions of which an event is true at once: first every state, then the audio, then the rest. */
  #advance(sessions: readonly Session[], event: Event): void {
    const due = this.#step(sessions, event);
    const calls = new Set(due.filter((one) => one.effect.type === "apply-audio").map((one) => one.call));
    for (const call of calls) this.#directory.refreshAudio(call);
    this.#hangUp(due);
  }

  #step(sessions: readonly Session[], event: Event): readonly Due[] {
    const due = sessions.flatMap((session) => {
      const { leg, call, target } = session;
      const facts = this.#factsOf(leg, target, this.#directory.get(call));
      const { state, effects } = step(session.state, event, facts, this.#options.afterCall ?? "end");
      if (state !== session.state) {
        this.#options.log?.info(
          { supervision: leg.id, call, target, event: event.type, state },
          "supervision",
        );
      }
      session.state = state;
      if (effects.some((effect) => effect.type === "supersede")) this.#supersede(session);
      return effects.map((effect) => ({ effect, leg, call }));
    });
    this.#sessions = this.#sessions.filter((session) => session.state.phase !== "ended");
    return due;
  }

  #supersede(taking: Session): void {
    const others = this.#following(taking.call).filter((session) => session !== taking);
    this.#step(others, { type: "superseded" });
  }

  #hangUp(due: readonly Due[]): void {
    for (const { effect, leg } of due) if (effect.type === "hang-up") leg.hangUp(effect.reason);
  }

  #refuse(leg: FeatureLeg, why: Failure): void {
    const fields = { supervisor: leg.user.extension, dialled: leg.dialled, cause: messageOf(why) };
    this.#options.log?.info(fields, "supervision refused");
    leg.refuse(why);
  }

  #warn(call: CallView, cause: Failure): void {
    this.#options.log?.warn({ call: call.id, cause: messageOf(cause) }, "the ledger cannot be written");
  }

  #factsOf(leg: FeatureLeg, target: string, call: CallView | undefined): Facts {
    return { actor: this.#options.users(leg.user.extension), target: this.#options.users(target), call };
  }

  #following(call: string): readonly Session[] {
    return this.#sessions.filter((session) => session.call === call);
  }
}

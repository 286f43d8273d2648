import type { Cancel } from "../../core/clock.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/types.ts";
import type { Cancellable, Ground } from "./ground.ts";
import {
  type Ending,
  RECEIVED_INVITE,
  type ReceivedInviteEffect,
  type ReceivedInviteEvent,
  type ReceivedInvitePhase,
  step,
} from "./received-invite.ts";
import type { Content } from "./types.ts";

/** What came with an event: what our user wants in the answer, the ACK, the Reason of a CANCEL or BYE. */
interface Input {
  readonly content?: Content | undefined;
  readonly ack?: SipRequest;
  readonly reason?: string | undefined;
}

/** What becomes of an INVITE that we answer. */
export interface AnsweringHandlers {
  /** The tag of our end of the dialog. */
  readonly localTag: string;
  /** Builds the answer. */
  compose(status: number, content: Content | undefined): SipResponse;
  /** The final answer goes out. */
  answered(response: SipResponse): void;
  acknowledged(ack: SipRequest): void;
  /** Send a BYE. */
  bye(): void;
  ended(ending: Ending, reason: string | undefined): void;
}

/** Runs the machine of one received INVITE over its transaction and the clock. */
export class InviteAnswering implements Cancellable {
  #state = RECEIVED_INVITE;
  #latest: SipResponse | undefined;
  #timers: Cancel[] = [];
  readonly #ground: Ground;
  readonly #transaction: ServerTransaction;
  readonly #handlers: AnsweringHandlers;

  constructor(ground: Ground, transaction: ServerTransaction, handlers: AnsweringHandlers) {
    this.#ground = ground;
    this.#transaction = transaction;
    this.#handlers = handlers;
    ground.answering.set(transaction, this);
  }

  get phase(): ReceivedInvitePhase {
    return this.#state.phase;
  }

  get localTag(): string {
    return this.#handlers.localTag;
  }

  /** The number by which its ACK is known. */
  get cseq(): number {
    return this.#transaction.request.headers.cseq.number;
  }

  cancel(reason: string | undefined): void {
    this.advance({ type: "cancel" }, { reason });
  }

  /** Advances the machine by one event and does what it asks for. */
  advance(event: ReceivedInviteEvent, input: Input = {}): void {
    const next = step(this.#state, event, this.#ground.timers);
    this.#state = next.state;
    for (const effect of next.effects) this.#act(effect, input);
  }

  #act(effect: ReceivedInviteEffect, input: Input): void {
    switch (effect.type) {
      case "answer":
        this.#answer(effect.status, input.content);
        break;
      case "repeat":
        if (this.#latest !== undefined) this.#transaction.respond(this.#latest);
        break;
      case "bye":
        this.#handlers.bye();
        break;
      case "start-timer":
        this.#timers.push(
          this.#ground.clock.after(effect.ms, () => this.advance({ type: "timer", timer: effect.timer })),
        );
        break;
      case "stop-timers":
        for (const cancel of this.#timers) cancel();
        this.#timers = [];
        break;
      case "acknowledged":
        if (input.ack !== undefined) this.#handlers.acknowledged(input.ack);
        break;
      case "ended":
        this.#handlers.ended({ by: effect.by, cause: effect.cause }, input.reason);
        break;
    }
  }

  #answer(status: number, content: Content | undefined): void {
    const response = this.#handlers.compose(status, content);
    this.#latest = response;
    if (status >= 200) this.#handlers.answered(response);
    this.#transaction.respond(response);
  }
}

import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { AnswerTo, Down, Exchange, News, Order, QuestionType, Up } from "./protocol.ts";

/** The way to a host, in a worker thread or in this one. */
export interface Channel {
  post(message: Down): void;
  /**
   * Where to deliver what the host says, and the end of the channel, once, with its cause for the log; set before
   * anything is posted.
   */
  connect(onMessage: (message: Up) => void, onEnd: (cause: string) => void): void;
  /** Ends the host; resolves when it is gone. */
  close(): Promise<void>;
}

type Settle = (result: Result<never, Failure>) => void;

/** Asks numbered questions over a channel. When the channel ends, every question still open fails with `media.engine-lost`. */
export class Link {
  readonly #channel: Channel;
  readonly #open = new Map<number, { answer: (value: unknown) => void; fail: Settle }>();
  #lastId = 0;
  #ended = false;

  /** `onNews` hears what the host tells unasked; `onEnd`, once, that it is gone. */
  constructor(channel: Channel, onNews: (news: News) => void, onEnd: (cause: string) => void) {
    this.#channel = channel;
    channel.connect(
      (message) => {
        if (message.type === "answer") this.#settle(message.id, message.answer);
        else onNews(message);
      },
      (cause) => {
        if (this.#ended) return;
        this.#ended = true;
        for (const { fail } of this.#open.values()) fail(err(failure("media.engine-lost")));
        this.#open.clear();
        onEnd(cause);
      },
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks, and resolves to the answer, or to `media.engine-lost`. Never rejects. */
  ask<K extends QuestionType>(
    type: K,
    question: Exchange[K]["question"],
  ): Promise<Result<AnswerTo<K>, Failure>> {
    if (this.#ended) return Promise.resolve(err(failure("media.engine-lost")));
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      // The protocol answers a question of type K, under its number, with an answer of type K.
      this.#open.set(id, { answer: (value) => resolve(ok(value as AnswerTo<K>)), fail: resolve });
      this.#channel.post({ type, id, ...question } as Down);
    });
  }

  /** Orders, without an answer. */
  order(order: Order): void {
    if (!this.#ended) this.#channel.post(order);
  }

  /** Lets the host close its ports, then ends it. */
  async close(): Promise<void> {
    await this.ask("stop", {});
    await this.#channel.close();
  }

  #settle(id: number, answer: unknown): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.answer(answer);
  }
}

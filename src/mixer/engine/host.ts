import type { Clock } from "../../core/clock.ts";
import type { PortId } from "../matrix.ts";
import { EngineCore } from "./engine-core.ts";
import type { PortStatistics } from "./media-engine.ts";
import type { Port, Random, StreamIdentity } from "./port.ts";
import type { AnswerTo, Down, Exchange, Question, QuestionType, Up } from "./protocol.ts";
import { bindPair, type PortPair } from "./sockets.ts";

/** Where a host binds, and what it takes from its thread. */
export interface HostOptions {
  readonly bindAddress: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Delivers what the host says. */
  readonly tell: (message: Up) => void;
}

/** A media worker without its thread: does what the protocol says with an engine core and real sockets. */
export class Host {
  readonly #options: HostOptions;
  readonly #core: EngineCore;
  readonly #pairs = new Map<PortId, PortPair>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#core = new EngineCore(options.clock, options.random, options.tell);
  }

  /** Takes one message; messages take effect in the order given. */
  receive(message: Down): void {
    switch (message.type) {
      case "configure":
        this.#core.configure(message.port, message.media);
        return;
      case "matrix":
        this.#core.setMatrix(message.call, message.matrix);
        return;
      case "move":
        this.#core.move(message.port, message.call);
        return;
      case "open":
      case "closePort":
      case "surrender":
      case "statistics":
      case "stop":
        void this.#answer(message);
        return;
    }
  }

  async #answer(question: Question): Promise<void> {
    const answer = await this.#answerTo(question);
    this.#options.tell({ type: "answer", id: question.id, answer });
  }

  #answerTo(question: Question): Promise<AnswerTo<QuestionType>> {
    switch (question.type) {
      case "open":
        return this.#open(question);
      case "closePort":
        return this.#close(question.port);
      case "surrender":
        return this.#surrender(question.port);
      case "statistics":
        return Promise.resolve(this.#core.statistics(question.port));
      case "stop":
        return this.#stop();
    }
  }

  async #open(question: Exchange["open"]["question"]): Promise<AnswerTo<"open">> {
    let port: Port | undefined;
    const bound = await bindPair(
      this.#options.bindAddress,
      question.rtpPort,
      (data, address, from) => {
        if (port !== undefined) this.#core.receiveRtp(port, data, data.length, address, from);
      },
      (data, address, from) => {
        if (port !== undefined) this.#core.receiveRtcp(port, data, data.length, address, from);
      },
    );
    if (bound.outcome !== "bound") return bound;
    const { call, timeoutMs, identity } = question;
    port = this.#core.open(question.port, call, bound.pair, timeoutMs, identity);
    this.#pairs.set(question.port, bound.pair);
    return { outcome: "opened", ssrc: port.ssrc };
  }

  /** The port leaves every matrix before its sockets close (promise 5). */
  async #close(id: PortId): Promise<PortStatistics | undefined> {
    const last = this.#core.close(id);
    await this.#closePair(id);
    return last;
  }

  async #surrender(id: PortId): Promise<StreamIdentity | undefined> {
    const identity = this.#core.surrender(id);
    await this.#closePair(id);
    return identity;
  }

  async #closePair(id: PortId): Promise<void> {
    const pair = this.#pairs.get(id);
    this.#pairs.delete(id);
    await pair?.close();
  }

  async #stop(): Promise<undefined> {
    await Promise.all([...this.#pairs.keys()].map((id) => this.#close(id)));
  }
}

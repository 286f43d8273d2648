import { type Failure, failure } from "../../core/failure.ts";
import { responseTo } from "../message/build.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { responseDestination } from "../transport/response-destination.ts";
import type { Source, Transport } from "../transport/types.ts";
import type { Surroundings } from "./client-run.ts";
import { stepInviteServer } from "./invite-server.ts";
import { type Machine, machine, type ServerEffect, type ServerEvent } from "./machine.ts";
import { stepNonInviteServer } from "./non-invite-server.ts";
import { TimerSet } from "./timer-set.ts";
import type { ServerTransaction, TransactionUser } from "./types.ts";

/** A server transaction at work: acts out what its machine decides. */
export class ServerRun implements ServerTransaction {
  readonly key: string;
  readonly request: SipRequest;
  readonly source: Source;
  readonly #transport: Transport;
  readonly #user: TransactionUser;
  readonly #ended: () => void;
  readonly #machine: Machine<ServerEvent, ServerEffect>;
  readonly #timers: TimerSet;
  #latest: SipResponse | undefined;
  #closed = false;
  #failure: Failure | undefined;
  readonly #failureListeners: ((failure: Failure) => void)[] = [];

  /** `ended` is called once, before the user is told why. */
  constructor(
    key: string,
    request: SipRequest,
    source: Source,
    user: TransactionUser,
    { transport, clock, timers }: Surroundings,
    ended: () => void,
  ) {
    this.key = key;
    this.request = request;
    this.source = source;
    this.#transport = transport;
    this.#user = user;
    this.#ended = ended;
    const conditions = { reliable: source.transport !== "udp", timers };
    this.#machine =
      request.method === "INVITE"
        ? machine(stepInviteServer, "initial", conditions)
        : machine(stepNonInviteServer, "initial", conditions);
    this.#timers = new TimerSet(clock, (fired) => this.#handle(fired));
  }

  /** The latest response sent. */
  get latest(): SipResponse | undefined {
    return this.#latest;
  }

  /** The request itself came in, for the first time or again. */
  receive(): void {
    this.#handle({ type: "request" });
  }

  /** An ACK of this transaction came in. */
  acknowledge(ack: SipRequest, source: Source): void {
    this.#handle({ type: "ack" }, { ack, source });
  }

  respond(response: SipResponse): void {
    this.#handle({ type: "respond", status: response.status }, { response });
  }

  onFailure(listener: (failure: Failure) => void): void {
    if (this.#failure !== undefined) listener(this.#failure);
    else this.#failureListeners.push(listener);
  }

  /** Ends it: no timer fires, nothing is told any more. */
  close(): void {
    this.#closed = true;
    this.#timers.close();
  }

  #handle(event: ServerEvent, input: Input = {}): void {
    // A failed send may be reported after the end.
    if (this.#closed) return;
    const { over, effects } = this.#machine(event);
    if (over) {
      this.close();
      this.#ended();
    }
    for (const effect of effects) this.#act(effect, input);
  }

  #act(effect: ServerEffect, { response, ack, source }: Input): void {
    switch (effect.type) {
      case "send-trying":
        this.#send(responseTo(this.request, 100));
        break;
      case "send-response":
        if (response !== undefined) this.#send(response);
        break;
      case "resend-response":
        if (this.#latest !== undefined) this.#send(this.#latest);
        break;
      case "start-timer":
        this.#timers.start(effect.timer, effect.ms);
        break;
      case "cancel-timer":
        this.#timers.stop(effect.timer);
        break;
      case "to-user":
        if (effect.what === "request") this.#user.onRequest(this);
        else if (effect.what !== "ack") this.#fail(effect.what);
        else if (ack !== undefined) this.#user.onAck(ack, source ?? this.source);
        break;
    }
  }

  #send(response: SipResponse): void {
    this.#latest = response;
    this.#transport.send(response, responseDestination(this.request, this.source), () =>
      this.#handle({ type: "transport-error" }),
    );
  }

  #fail(why: "timeout" | "transport-error"): void {
    if (this.#failure !== undefined) return;
    const { host, port } = this.source;
    const code = why === "timeout" ? "sip.timeout" : "sip.transport";
    const failed = failure(code, `answer of ${this.request.method} to ${host}:${port}`);
    this.#failure = failed;
    for (const listener of this.#failureListeners) listener(failed);
  }
}

/** What came with an event: the user's response, or an ACK and where it came from. */
interface Input {
  readonly response?: SipResponse;
  readonly ack?: SipRequest;
  readonly source?: Source;
}

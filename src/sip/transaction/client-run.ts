import type { Clock } from "../../core/clock.ts";
import { failure } from "../../core/failure.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Destination, Source, Transport } from "../transport/types.ts";
import { stepInviteClient } from "./invite-client.ts";
import { buildAck } from "./invite-followers.ts";
import { type ClientEffect, type ClientEvent, type Machine, machine } from "./machine.ts";
import { stepNonInviteClient } from "./non-invite-client.ts";
import { TimerSet } from "./timer-set.ts";
import type { TimerValues } from "./timers.ts";
import type { ClientHandlers, ClientTransaction } from "./types.ts";

/** What every transaction acts upon. */
export interface Surroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timers: TimerValues;
}

/** A client transaction at work: acts out what its machine decides. */
export class ClientRun implements ClientTransaction {
  readonly key: string;
  readonly request: SipRequest;
  readonly destination: Destination;
  readonly #transport: Transport;
  readonly #handlers: ClientHandlers;
  readonly #ended: () => void;
  readonly #machine: Machine<ClientEvent, ClientEffect>;
  readonly #timers: TimerSet;
  /** The user has its final response: a later failure is none of its business. */
  #settled = false;
  #cancelled = false;
  #closed = false;

  /** `ended` is called once, before the user is told why. */
  constructor(
    key: string,
    request: SipRequest,
    destination: Destination,
    handlers: ClientHandlers,
    { transport, clock, timers }: Surroundings,
    ended: () => void,
  ) {
    this.key = key;
    this.request = request;
    this.destination = destination;
    this.#transport = transport;
    this.#handlers = handlers;
    this.#ended = ended;
    const conditions = { reliable: destination.transport !== "udp", timers };
    this.#machine =
      request.method === "INVITE"
        ? machine(stepInviteClient, "initial", conditions)
        : machine(stepNonInviteClient, "initial", conditions);
    this.#timers = new TimerSet(clock, (fired) => this.#handle(fired));
  }

  start(): void {
    this.#handle({ type: "start" });
  }

  /** A response that matches this transaction came in. */
  receive(response: SipResponse, source: Source): void {
    this.#handle({ type: "response", status: response.status }, { response, source });
  }

  /** Whether a CANCEL may go out now, once (RFC 3261 §9.1); if so, the wait for the final response has an end from here on. */
  cancel(): boolean {
    if (this.#cancelled) return false;
    this.#cancelled = this.#handle({ type: "cancel" }).length > 0;
    return this.#cancelled;
  }

  /** Ends it: no timer fires, nothing is told any more. */
  close(): void {
    this.#closed = true;
    this.#timers.close();
  }

  #handle(event: ClientEvent, answer?: Answer): readonly ClientEffect[] {
    // A failed send may be reported after the end.
    if (this.#closed) return [];
    const { over, effects } = this.#machine(event);
    if (over) {
      this.close();
      this.#ended();
    }
    for (const effect of effects) this.#act(effect, answer);
    return effects;
  }

  #act(effect: ClientEffect, answer: Answer | undefined): void {
    switch (effect.type) {
      case "send-request":
        this.#send(this.request);
        break;
      case "send-ack":
        if (answer !== undefined) this.#send(buildAck(this.request, answer.response));
        break;
      case "start-timer":
        this.#timers.start(effect.timer, effect.ms);
        break;
      case "cancel-timer":
        this.#timers.stop(effect.timer);
        break;
      case "to-user":
        if (effect.what !== "response") this.#fail(effect.what);
        else if (answer !== undefined) this.#pass(answer);
        break;
    }
  }

  #send(request: SipRequest): void {
    this.#transport.send(request, this.destination, () => this.#handle({ type: "transport-error" }));
  }

  #pass({ response, source }: Answer): void {
    if (response.status >= 200) this.#settled = true;
    this.#handlers.response(response, source);
  }

  #fail(why: "timeout" | "transport-error"): void {
    if (this.#settled) return;
    this.#settled = true;
    const { host, port } = this.destination;
    const code = why === "timeout" ? "sip.timeout" : "sip.transport";
    this.#handlers.failed(failure(code, `${this.request.method} to ${host}:${port}`));
  }
}

interface Answer {
  readonly response: SipResponse;
  readonly source: Source;
}

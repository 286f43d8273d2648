import type { Clock } from "../../core/clock.ts";
import { failure, sipStatusOf } from "../../core/failure.ts";
import { withHeaders } from "../message/build.ts";
import type { SipMessage, SipRequest, SipResponse, Via } from "../message/message.ts";
import { responseDestination } from "../transport/response-destination.ts";
import { statelessResponse } from "../transport/stateless-response.ts";
import type { Destination, Source, Transport } from "../transport/types.ts";
import { ClientRun, type Surroundings } from "./client-run.ts";
import { buildCancel } from "./invite-followers.ts";
import { belongs, clientKey, clientKeyOf, MAGIC_COOKIE, serverKeyOf } from "./matching.ts";
import { ServerRun } from "./server-run.ts";
import { DEFAULT_TIMERS, type TimerValues } from "./timers.ts";
import type { ClientHandlers, ClientTransaction, TransactionLayer, TransactionUser } from "./types.ts";

export interface TransactionLayerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** A fresh token that nobody can guess (letters and digits, 64 bits or more): it becomes a branch. */
  readonly random: () => string;
  readonly user: TransactionUser;
  /** T1, T2, T4 in milliseconds; RFC 3261's by default. */
  readonly timers?: TimerValues;
  /** With this many transactions alive, new requests are refused with a stateless 503. */
  readonly maxTransactions?: number;
}

const DEFAULT_MAX_TRANSACTIONS = 20_000;
const RETRY_AFTER_SECONDS = 10;

const CANCEL_HANDLERS: ClientHandlers = {
  // What becomes of the call is told by the INVITE's own final response (RFC 3261 §9.1).
  response() {},
  failed() {},
};

/** The transaction layer over a transport (RFC 3261 §17). It listens from now on, until closed. */
export function createTransactionLayer(options: TransactionLayerOptions): TransactionLayer {
  return new Layer(options);
}

class Layer implements TransactionLayer {
  readonly #transport: Transport;
  readonly #random: () => string;
  readonly #user: TransactionUser;
  readonly #surroundings: Surroundings;
  readonly #maxTransactions: number;
  readonly #clients = new Map<string, ClientRun>();
  readonly #servers = new Map<string, ServerRun>();
  readonly #stopListening: () => void;

  constructor({ transport, clock, random, user, timers, maxTransactions }: TransactionLayerOptions) {
    this.#transport = transport;
    this.#random = random;
    this.#user = user;
    this.#surroundings = { transport, clock, timers: timers ?? DEFAULT_TIMERS };
    this.#maxTransactions = maxTransactions ?? DEFAULT_MAX_TRANSACTIONS;
    this.#stopListening = transport.events.on("message", (message, source) => this.#receive(message, source));
  }

  get count(): number {
    return this.#clients.size + this.#servers.size;
  }

  request(request: SipRequest, to: Destination, handlers: ClientHandlers): ClientTransaction {
    return this.#start(this.#withVia(request, to), to, handlers);
  }

  cancel(invite: ClientTransaction, reason?: string): void {
    const live = this.#clients.get(invite.key);
    if (live === undefined || !live.cancel()) return;
    this.#start(buildCancel(live.request, reason), live.destination, CANCEL_HANDLERS);
  }

  sendAck(ack: SipRequest, to: Destination): void {
    // RFC 3261 §13.2.2.4: if it is lost, the peer's next 2xx makes the user send it again.
    this.#transport.send(this.#withVia(ack, to), to);
  }

  inviteOf(cancel: SipRequest): ServerRun | undefined {
    return this.#servers.get(serverKeyOf(cancel, "INVITE"));
  }

  close(): void {
    this.#stopListening();
    for (const run of [...this.#clients.values(), ...this.#servers.values()]) run.close();
    this.#clients.clear();
    this.#servers.clear();
  }

  #start(request: SipRequest, to: Destination, handlers: ClientHandlers): ClientTransaction {
    const key = clientKey(request.headers.via[0]?.params.get("branch") ?? "", request.method);
    const run = new ClientRun(key, request, to, handlers, this.#surroundings, () =>
      this.#clients.delete(key),
    );
    this.#clients.set(key, run);
    run.start();
    return run;
  }

  /** RFC 3261 §8.1.1.7 and §18.1.1: our Via on top, with a branch that nobody else has. */
  #withVia(request: SipRequest, to: Destination): SipRequest {
    const { address, port } = this.#transport.localFor(to);
    const own: Via = {
      transport: to.transport.toUpperCase(),
      host: address.includes(":") ? `[${address}]` : address,
      port,
      params: new Map([
        ["branch", `${MAGIC_COOKIE}${this.#random()}`],
        ["rport", ""],
      ]),
    };
    return withHeaders(request, { via: [own, ...request.headers.via] });
  }

  #receive(message: SipMessage, source: Source): void {
    if (message.type === "response") this.#receiveResponse(message, source);
    else if (message.method === "ACK") this.#receiveAck(message, source);
    else this.#receiveRequest(message, source);
  }

  #receiveResponse(response: SipResponse, source: Source): void {
    const key = clientKeyOf(response);
    const run = key === undefined ? undefined : this.#clients.get(key);
    if (run === undefined) this.#user.onStrayResponse(response, source);
    else run.receive(response, source);
  }

  #receiveAck(ack: SipRequest, source: Source): void {
    const run = this.#servers.get(serverKeyOf(ack));
    if (run === undefined || !belongs(ack, run.latest)) this.#user.onAck(ack, source);
    else run.acknowledge(ack, source);
  }

  #receiveRequest(request: SipRequest, source: Source): void {
    const key = serverKeyOf(request);
    const known = this.#servers.get(key);
    if (known !== undefined) known.receive();
    else if (this.count >= this.#maxTransactions) this.#refuse(request, source);
    else this.#serve(key, request, source);
  }

  #serve(key: string, request: SipRequest, source: Source): void {
    const run = new ServerRun(key, request, source, this.#user, this.#surroundings, () =>
      this.#servers.delete(key),
    );
    this.#servers.set(key, run);
    run.receive();
  }

  /** `sip.overloaded`, without a transaction: there are enough of them. */
  #refuse(request: SipRequest, source: Source): void {
    const headers = [{ name: "Retry-After", value: String(RETRY_AFTER_SECONDS) }];
    const status = sipStatusOf(failure("sip.overloaded"));
    this.#transport.send(
      statelessResponse(request, status, { headers }),
      responseDestination(request, source),
    );
  }
}

import type { Clock } from "../../core/clock.ts";
import { Emitter } from "../../core/emitter.ts";
import { type Failure, failure, messageOf, sipStatusOf } from "../../core/failure.ts";
import { tagOf } from "../message/build.ts";
import { header, type NameAddr, NO_PARAMS, type SipRequest } from "../message/message.ts";
import { DEFAULT_TIMERS, type TimerValues } from "../transaction/timers.ts";
import { createTransactionLayer } from "../transaction/transaction-layer.ts";
import type { ServerTransaction, TransactionUser } from "../transaction/types.ts";
import type { Destination, Transport } from "../transport/types.ts";
import { type Refusal, refusalOf } from "./acceptance.ts";
import { answerTo } from "./compose.ts";
import type { Ground } from "./ground.ts";
import type { InviteSession } from "./invite-session.ts";
import { ReceivedSession } from "./received-session.ts";
import { SentSession } from "./sent-session.ts";
import type { Content, InviteOptions, Session, UserAgent, UserAgentEvents } from "./types.ts";

export interface UserAgentOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** A fresh token that nobody can guess (letters and digits, 64 bits or more): tags, Call-IDs, branches. */
  readonly token: () => string;
  /** A number from 0 up to 1: how long we wait where RFC 3261 wants chance. */
  readonly chance: () => number;
  /** T1, T2, T4 in milliseconds; RFC 3261's by default. */
  readonly timers?: TimerValues;
  /** User-Agent and Server. */
  readonly product?: string;
  /** Our Contact towards a peer; by default the local end of the way to it. */
  readonly contact?: (to: Destination, user: string | undefined) => NameAddr;
}

/** A user agent at work, as its maker sees it. */
export interface RunningUserAgent extends UserAgent {
  /** How many transactions live. */
  readonly transactions: number;
  /** Ends every transaction silently; hang up the sessions before. */
  close(): void;
}

/** The dialog layer over a transport: makes its own transaction layer, and listens from now on until closed. */
export function createUserAgent(options: UserAgentOptions): RunningUserAgent {
  return new Agent(options);
}

class Agent implements RunningUserAgent, TransactionUser {
  readonly events = new Emitter<UserAgentEvents>();
  readonly #ground: Ground;
  /** By Call-ID and local tag: what an in-dialog request must name, whatever its socket. */
  readonly #sessions = new Map<string, InviteSession>();
  /** INVITEs in progress, by what their copies on other paths share. */
  readonly #merging = new Set<string>();

  constructor(options: UserAgentOptions) {
    const { transport, clock, token, chance, timers = DEFAULT_TIMERS, product = "Floorwalker" } = options;
    const transactions = createTransactionLayer({ transport, clock, random: token, user: this, timers });
    const contact = options.contact ?? localContact(transport);
    const answering: Ground["answering"] = new WeakMap();
    this.#ground = { transactions, clock, token, chance, timers, product, contact, answering };
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  get transactions(): number {
    return this.#ground.transactions.count;
  }

  close(): void {
    this.#ground.transactions.close();
  }

  invite(options: InviteOptions): Session {
    const session: SentSession = new SentSession(this.#ground, options, () => this.#sessions.delete(key));
    const key = sessionKey(session.callId, session.localTag);
    this.#sessions.set(key, session);
    return session;
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === "CANCEL") this.#cancel(transaction);
    else if (tagOf(request.headers.to) === undefined) this.#receiveOutside(transaction);
    else if (this.#sessionOf(request)?.receive(transaction) !== true) {
      this.#refuse(transaction, failure("sip.no-transaction"));
    }
  }

  onAck(ack: SipRequest): void {
    this.#sessionOf(ack)?.receiveAck(ack);
  }

  /** A response of nobody's: there is nothing to be done about it. */
  onStrayResponse(): void {}

  /** RFC 3261 §9.2: 200 wherever the INVITE is known; only one without a final answer is moved by it. */
  #cancel(transaction: ServerTransaction): void {
    const { request } = transaction;
    const invite = this.#ground.transactions.inviteOf(request);
    if (invite === undefined) {
      this.#refuse(transaction, failure("sip.no-transaction"));
      return;
    }
    const answering = this.#ground.answering.get(invite);
    this.#respond(transaction, 200, answering?.localTag ?? this.#ground.token());
    answering?.cancel(header(request, "Reason"));
  }

  #receiveOutside(transaction: ServerTransaction): void {
    const { request } = transaction;
    const refusal = refusalOf(request);
    if (refusal !== undefined) this.#refuse(transaction, refusal.failure, refusal);
    else if (request.method === "INVITE") this.#receiveInvite(transaction);
    // Both live in a dialog or not at all (RFC 3261 §15.1.2, RFC 6086 §4.2.2).
    else if (request.method === "BYE" || request.method === "INFO") {
      this.#refuse(transaction, failure("sip.no-transaction"));
    } else this.#deliver(transaction);
  }

  #receiveInvite(transaction: ServerTransaction): void {
    const { request, source } = transaction;
    const merge = mergeKey(request);
    if (this.#merging.has(merge)) {
      // RFC 3261 §8.2.2.2: the same INVITE has come another way.
      this.#refuse(transaction, failure("sip.loop", "merged request"));
      return;
    }
    const session: ReceivedSession = new ReceivedSession(this.#ground, transaction, () => {
      this.#sessions.delete(key);
      this.#merging.delete(merge);
    });
    const key = sessionKey(session.callId, session.localTag);
    this.#sessions.set(key, session);
    this.#merging.add(merge);
    if (!this.events.emit("invite", session, source)) session.end();
  }

  #deliver(transaction: ServerTransaction): void {
    const { request, source } = transaction;
    const tag = this.#ground.token();
    const respond = (status: number, content?: Content) => this.#respond(transaction, status, tag, content);
    if (!this.events.emit("request", { request, source, respond })) respond(501);
  }

  #refuse(transaction: ServerTransaction, why: Failure, refusal?: Refusal): void {
    const { status = sipStatusOf(why), headers = [] } = refusal ?? {};
    this.#respond(transaction, status, this.#ground.token(), { reason: messageOf(why), headers });
  }

  #respond(transaction: ServerTransaction, status: number, tag: string, content?: Content): void {
    const { request, source } = transaction;
    const { product, contact } = this.#ground;
    const speaker = { product, contact: contact(source, request.headers.to.uri.user) };
    transaction.respond(answerTo(request, status, tag, speaker, content));
  }

  #sessionOf({ headers }: SipRequest): InviteSession | undefined {
    return this.#sessions.get(sessionKey(headers.callId, tagOf(headers.to) ?? ""));
  }
}

function sessionKey(callId: string, localTag: string): string {
  return `${localTag} ${callId}`;
}

function mergeKey({ headers: { from, callId, cseq } }: SipRequest): string {
  return `${tagOf(from) ?? ""} ${callId} ${cseq.number}`;
}

function localContact(transport: Transport): (to: Destination, user: string | undefined) => NameAddr {
  return (to, user) => {
    const { address, port } = transport.localFor(to);
    const host = address.includes(":") ? `[${address}]` : address;
    const params = to.transport === "udp" ? NO_PARAMS : new Map([["transport", to.transport as string]]);
    const uri = { scheme: "sip", host, port, params };
    return { uri: user === undefined ? uri : { ...uri, user }, params: NO_PARAMS };
  };
}

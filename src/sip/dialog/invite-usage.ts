import type { Cancel } from "../../core/clock.ts";
import { type Failure, failure } from "../../core/failure.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/types.ts";
import { refreshTarget } from "./dialog.ts";
import type { DialogLink } from "./dialog-link.ts";
import type { Ground } from "./ground.ts";
import { InviteAnswering } from "./invite-answering.ts";
import { INITIAL, type ModificationEffect, type ModificationEvent, step } from "./modification.ts";
import type { Ending } from "./received-invite.ts";
import type { Content, ReceivedRequest } from "./types.ts";

type Done = (answer: SipResponse | Failure) => void;

/** Whom a usage serves: the session. */
export interface UsageUser {
  /** Hands on a request of the peer; false where nobody listens. */
  deliver(received: ReceivedRequest): boolean;
  /** The ACK of our 2xx to a re-INVITE has come. */
  acknowledged(ack: SipRequest): void;
  /** The session cannot go on: the peer knows the dialog no more, or never acknowledged. A BYE is due. */
  lost(ending: Ending): void;
}

/** What runs inside one INVITE dialog besides the INVITE that began it (RFC 5057 calls it a usage): requests of both sides. */
export class InviteUsage {
  readonly link: DialogLink;
  #modification;
  /** The re-INVITE of ours that waits or is in the air. */
  #reInvite: { readonly content: Content | undefined; readonly done: Done } | undefined;
  #stopWaiting: Cancel | undefined;
  /** Cancels the one in the air, once a provisional answer has made that possible (RFC 3261 §9.1). */
  #cancel: (() => void) | undefined;
  /** The latest re-INVITE of the peer. */
  #answering: InviteAnswering | undefined;
  /** The peer's other requests that our user has yet to answer. */
  readonly #unanswered = new Set<ServerTransaction>();
  #closed = false;
  readonly #direction: "sent" | "received";
  readonly #ground: Ground;
  readonly #user: UsageUser;

  constructor(ground: Ground, direction: "sent" | "received", link: DialogLink, user: UsageUser) {
    this.#ground = ground;
    this.#direction = direction;
    this.link = link;
    this.#user = user;
    this.#modification = INITIAL[direction];
  }

  /** The INVITE that began the session has got our 2xx; the peer's ACK is still to come. */
  initialAccepted(): void {
    this.#modify({ type: "theirs-accepted" });
  }

  /** The INVITE that began the session is acknowledged: from now on either side may change it. */
  initialOver(): void {
    if (this.#direction === "received") this.#modify({ type: "theirs-over" });
    else this.#modify({ type: "answered", status: 200, ...this.#draw() });
  }

  /** Sends a request inside the dialog; a re-INVITE waits its turn. `done` is called once. */
  request(method: string, content: Content | undefined, done: Done): void {
    if (this.#closed) {
      done(failure("sip.no-transaction", "the session has ended"));
    } else if (method !== "INVITE") {
      this.link.send(method, content, (answer) => this.#judge(answer, done));
    } else if (this.#modification.ours !== "none") {
      done(failure("sip.request-pending", "an earlier INVITE is in progress"));
    } else {
      this.#reInvite = { content, done };
      this.#modify({ type: "send", ...this.#draw() });
    }
  }

  /** A request of the peer inside this dialog, other than ACK, BYE and CANCEL. */
  receive(transaction: ServerTransaction): void {
    if (this.#closed) this.link.refuse(transaction);
    else if (!this.link.admit(transaction)) return;
    else if (transaction.request.method === "INVITE") this.#receiveInvite(transaction);
    else this.#receiveOther(transaction);
  }

  /** An ACK of the peer: it counts where it belongs to a re-INVITE. */
  receiveAck(ack: SipRequest): void {
    if (this.#answering?.cseq === ack.headers.cseq.number) this.#answering.advance({ type: "ack" }, { ack });
  }

  /** Ends what waits here: a request of the peer gets 487 (RFC 3261 §15.1.2), an INVITE of ours is cancelled. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
    // Its final answer may be lost for good, now that the peer has no reason to repeat it.
    this.#cancel?.();
    this.#answering?.advance({ type: "bye" });
    for (const transaction of this.#unanswered)
      transaction.respond(this.link.answer(transaction.request, 487));
    this.#unanswered.clear();
    if (this.#modification.ours === "waiting") {
      this.#finish(failure("sip.no-transaction", "the session has ended"));
    }
  }

  #receiveInvite(transaction: ServerTransaction): void {
    const effect = this.#step({ type: "received", chance: this.#ground.chance() });
    if (effect?.type === "deliver") this.#answerInvite(transaction);
    if (effect?.type !== "refuse") return;
    const headers =
      effect.status === 500 ? [{ name: "Retry-After", value: String(effect.retryAfterSeconds) }] : [];
    this.link.refuse(transaction, failure("sip.request-pending"), headers, effect.status);
  }

  #answerInvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { link } = this;
    const answering = new InviteAnswering(this.#ground, transaction, {
      localTag: link.dialog.localTag,
      compose: (status, content) => link.answer(request, status, content),
      answered: ({ status }) => {
        if (status >= 300) return;
        link.dialog = refreshTarget(link.dialog, request);
        this.#modify({ type: "theirs-accepted" });
      },
      acknowledged: (ack) => {
        this.#modify({ type: "theirs-over" });
        this.#user.acknowledged(ack);
      },
      // The session says it, told by `lost`.
      bye() {},
      ended: (ending) => {
        this.#modify({ type: "theirs-over" });
        if (ending.cause === "no-ack") this.#user.lost(ending);
      },
    });
    this.#answering = answering;
    this.#deliver(request, (status, content) => answering.advance({ type: "respond", status }, { content }));
  }

  #receiveOther(transaction: ServerTransaction): void {
    const { request } = transaction;
    this.#unanswered.add(transaction);
    this.#deliver(request, (status, content) => {
      if (status >= 200) this.#unanswered.delete(transaction);
      transaction.respond(this.link.answer(request, status, content));
    });
  }

  #deliver(request: SipRequest, respond: ReceivedRequest["respond"]): void {
    if (!this.#user.deliver({ request, respond })) respond(501);
  }

  /** `answer` is what our user is told where the event puts an end to our re-INVITE. */
  #modify(event: ModificationEvent, answer: SipResponse | Failure = failure("sip.request-pending")): void {
    const effect = this.#step(event);
    if (effect?.type === "send") this.#sendInvite();
    if (effect?.type === "done") this.#finish(answer);
    if (effect?.type === "wait") {
      this.#stopWaiting = this.#ground.clock.after(effect.ms, () =>
        this.#modify({ type: "retry", ...this.#draw() }),
      );
    }
  }

  #step(event: ModificationEvent): ModificationEffect | undefined {
    const { state, effect } = step(this.#modification, event);
    this.#modification = state;
    return effect;
  }

  /** What decides how long a re-INVITE waits for its next try. */
  #draw(): { readonly owner: boolean; readonly chance: number } {
    return { owner: this.#direction === "sent", chance: this.#ground.chance() };
  }

  #sendInvite(): void {
    let repeatAck: (() => void) | undefined;
    const answered = (answer: SipResponse | Failure) => {
      // Only a 2xx comes again.
      if (repeatAck !== undefined) {
        repeatAck();
        return;
      }
      this.#cancel = undefined;
      if (isSuccess(answer)) {
        this.link.dialog = refreshTarget(this.link.dialog, answer);
        repeatAck = this.link.acknowledge(sent.request);
      }
      if (this.#closed) this.#finish(answer);
      else this.#modify({ type: "answered", status: statusOf(answer), ...this.#draw() }, answer);
    };
    const sent = this.link.send("INVITE", this.#reInvite?.content, answered, () => {
      if (this.#cancel !== undefined) return;
      this.#cancel = () => this.#ground.transactions.cancel(sent);
      if (this.#closed) this.#cancel();
    });
  }

  #finish(answer: SipResponse | Failure): void {
    const finished = this.#reInvite;
    this.#reInvite = undefined;
    if (finished !== undefined) this.#judge(answer, finished.done);
  }

  /** RFC 3261 §12.2.1.2: a 481, a 408 or no answer at all means that the peer has lost the dialog. */
  #judge(answer: SipResponse | Failure, done: Done): void {
    done(answer);
    const lost =
      "code" in answer ? answer.code === "sip.timeout" : answer.status === 481 || answer.status === 408;
    if (lost) this.#user.lost({ by: "local", cause: "failure" });
  }
}

function isSuccess(answer: SipResponse | Failure): answer is SipResponse {
  return statusOf(answer) >= 200 && statusOf(answer) < 300;
}

/** 0 where no answer came. */
function statusOf(answer: SipResponse | Failure): number {
  return "code" in answer ? 0 : answer.status;
}

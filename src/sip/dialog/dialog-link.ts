import { type Failure, failure, messageOf, sipStatusOf } from "../../core/failure.ts";
import type { HeaderField, SipRequest, SipResponse } from "../message/message.ts";
import type { ClientTransaction, ServerTransaction } from "../transaction/types.ts";
import type { Destination, Source } from "../transport/types.ts";
import { refusalOf } from "./acceptance.ts";
import { answerTo, requestParts, type Speaker } from "./compose.ts";
import { ackIn, type Dialog, receive, requestIn } from "./dialog.ts";
import type { Ground } from "./ground.ts";
import { nextHop } from "./next-hop.ts";
import type { Content } from "./types.ts";

/** How the peer of a dialog is reached. */
export interface Way {
  /** Where its latest message came from, or where ours went. */
  readonly peer: Destination;
  /** Whether no proxy stands between. */
  readonly direct: boolean;
}

/** A dialog and the way to its peer: numbers, addresses and sends what we say inside it. */
export class DialogLink {
  dialog: Dialog;
  #way: Way;
  readonly #ground: Ground;

  constructor(ground: Ground, dialog: Dialog, way: Way) {
    this.#ground = ground;
    this.dialog = dialog;
    this.#way = way;
  }

  /** Takes what the peer's latest message says of the way to it. */
  cameBy({ transport, host, port, flow }: Source, direct = this.#way.direct): void {
    this.#way = { peer: { transport, host, port, flow }, direct };
  }

  /** Sends the next request of the dialog; `final` gets its final answer, of an INVITE every 2xx; `provisional` is told of any other. */
  send(
    method: string,
    content: Content | undefined,
    final: (answer: SipResponse | Failure) => void,
    provisional: () => void = () => {},
  ): ClientTransaction {
    const { dialog, request } = requestIn(this.dialog, method, requestParts(method, this.#speaker, content));
    this.dialog = dialog;
    return this.#ground.transactions.request(request, this.#destination, {
      response(response) {
        if (response.status >= 200) final(response);
        else provisional();
      },
      failed: final,
    });
  }

  /** Sends the ACK of a 2xx; what it returns sends it again. */
  acknowledge(invite: SipRequest, content?: Content): () => void {
    const ack = ackIn(this.dialog, invite, requestParts("ACK", this.#speaker, content));
    const to = this.#destination;
    const send = () => this.#ground.transactions.sendAck(ack, to);
    send();
    return send;
  }

  /** Takes a request of the peer in its order; false where it was refused. */
  admit(transaction: ServerTransaction): boolean {
    const received = receive(this.dialog, transaction.request);
    if (!received.ok) {
      this.refuse(transaction, received.error);
      return false;
    }
    this.dialog = received.value;
    this.cameBy(transaction.source);
    const refusal = refusalOf(transaction.request);
    if (refusal === undefined) return true;
    this.refuse(transaction, refusal.failure, refusal.headers, refusal.status);
    return false;
  }

  /** Builds the answer to a request of the peer. */
  answer(request: SipRequest, status: number, content?: Content): SipResponse {
    return answerTo(request, status, this.dialog.localTag, this.#speaker, content);
  }

  /** Answers with a failure. */
  refuse(
    transaction: ServerTransaction,
    why: Failure = failure("sip.no-transaction"),
    headers: readonly HeaderField[] = [],
    status = sipStatusOf(why),
  ): void {
    transaction.respond(this.answer(transaction.request, status, { reason: messageOf(why), headers }));
  }

  get #speaker(): Speaker {
    const { product, contact } = this.#ground;
    return { product, contact: contact(this.#way.peer, this.dialog.local.uri.user) };
  }

  get #destination(): Destination {
    return nextHop(this.dialog, this.#way.peer, this.#way.direct);
  }
}

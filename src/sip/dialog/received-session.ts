import type { SipRequest } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/types.ts";
import type { Source } from "../transport/types.ts";
import { confirmed, dialogOfReceived } from "./dialog.ts";
import { DialogLink } from "./dialog-link.ts";
import type { Ground } from "./ground.ts";
import { InviteAnswering } from "./invite-answering.ts";
import { InviteSession, withReason } from "./invite-session.ts";
import { InviteUsage } from "./invite-usage.ts";
import { sentDirectly } from "./next-hop.ts";
import type { Content } from "./types.ts";

/** A session that the peer began: its INVITE is ours to answer (RFC 3261 §13.3). */
export class ReceivedSession extends InviteSession {
  readonly direction = "received";
  readonly invite: SipRequest;
  readonly peer: Source;
  readonly localTag: string;
  protected readonly usage: InviteUsage;
  readonly #link: DialogLink;
  readonly #answering: InviteAnswering;
  /** Why our user hung up, for the BYE that waits for the ACK. */
  #reason: string | undefined;

  constructor(ground: Ground, transaction: ServerTransaction, release: () => void) {
    super(release);
    const { request, source } = transaction;
    this.invite = request;
    this.peer = source;
    this.localTag = ground.token();
    const way = { peer: source, direct: sentDirectly(request) };
    this.#link = new DialogLink(ground, dialogOfReceived(request, this.localTag), way);
    this.usage = new InviteUsage(ground, "received", this.#link, this);
    this.#answering = this.#answer(ground, transaction);
    transaction.onFailure(() => this.#answering.advance({ type: "unreachable" }));
  }

  get remoteTag(): string {
    return this.#link.dialog.remoteTag;
  }

  respond(status: number, content?: Content): void {
    this.#answering.advance({ type: "respond", status }, { content });
  }

  /** Nothing of ours is to be acknowledged here. */
  acknowledge(): void {}

  receiveAck(ack: SipRequest): void {
    if (ack.headers.cseq.number === this.#answering.cseq) this.#answering.advance({ type: "ack" }, { ack });
    else this.usage.receiveAck(ack);
  }

  protected get answered(): boolean {
    return this.#answering.phase !== "proceeding";
  }

  protected usageOf(remoteTag: string): InviteUsage | undefined {
    return remoteTag === this.remoteTag ? this.usage : undefined;
  }

  protected receiveBye(_remoteTag: string, reason: string | undefined): void {
    this.#answering.advance({ type: "bye" }, { reason });
  }

  protected hangUp(status: number, reason: string | undefined): void {
    this.#reason ??= reason;
    this.#answering.advance({ type: "hang-up", status }, { content: withReason(reason) });
  }

  protected closeUsages(): void {
    this.usage.close();
  }

  #answer(ground: Ground, transaction: ServerTransaction): InviteAnswering {
    return new InviteAnswering(ground, transaction, {
      localTag: this.localTag,
      compose: (status, content) => this.#link.answer(this.invite, status, content),
      answered: ({ status }) => {
        if (status >= 300) return;
        this.#link.dialog = confirmed(this.#link.dialog);
        this.usage.initialAccepted();
      },
      acknowledged: (ack) => {
        this.usage.initialOver();
        this.acknowledged(ack);
      },
      bye: () => this.sendBye(this.#link, this.#reason),
      ended: (ending, reason) => this.finish(ending, reason),
    });
  }
}

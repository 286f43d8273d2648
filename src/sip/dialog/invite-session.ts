import { Emitter } from "../../core/emitter.ts";
import type { Failure } from "../../core/failure.ts";
import { header, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/types.ts";
import type { Destination, Source } from "../transport/types.ts";
import type { DialogLink } from "./dialog-link.ts";
import type { InviteUsage, UsageUser } from "./invite-usage.ts";
import type { Ending } from "./received-invite.ts";
import type { Content, ReceivedRequest, Session, SessionEnd, SessionEvents } from "./types.ts";

/** What sessions of both directions have in common: their end, and what runs inside the dialog. */
export abstract class InviteSession implements Session, UsageUser {
  abstract readonly direction: "received" | "sent";
  abstract readonly invite: SipRequest;
  abstract readonly peer: Source | Destination;
  abstract readonly localTag: string;
  readonly events = new Emitter<SessionEvents>();
  #ended = false;
  #byes = 0;
  readonly #release: () => void;

  /** `release` is called when the session has ended and every BYE of ours is through; again where a fork answers even later. */
  constructor(release: () => void) {
    this.#release = release;
  }

  abstract get remoteTag(): string | undefined;
  /** The usage of the dialog in force; undefined before the first response with a tag. */
  protected abstract get usage(): InviteUsage | undefined;
  /** The usage of the dialog with the peer of this tag. */
  protected abstract usageOf(remoteTag: string): InviteUsage | undefined;
  /** Whether the INVITE has got its 2xx. */
  protected abstract get answered(): boolean;
  /** A BYE in this session's dialog has been answered. */
  protected abstract receiveBye(remoteTag: string, reason: string | undefined): void;
  protected abstract hangUp(status: number, reason: string | undefined): void;
  /** An ACK in one of this session's dialogs. */
  abstract receiveAck(ack: SipRequest): void;
  abstract respond(status: number, content?: Content): void;
  abstract acknowledge(content?: Content): void;

  get state(): "early" | "confirmed" | "ended" {
    if (this.#ended) return "ended";
    return this.answered ? "confirmed" : "early";
  }

  get callId(): string {
    return this.invite.headers.callId;
  }

  request(method: string, content: Content | undefined, done: (answer: SipResponse | Failure) => void): void {
    if (this.usage === undefined) done({ code: "sip.no-transaction", detail: "no dialog yet" });
    else this.usage.request(method, content, done);
  }

  end({ status = 480, reason }: { readonly status?: number; readonly reason?: string } = {}): void {
    if (!this.#ended) this.hangUp(status, reason);
  }

  /** A request in one of this session's dialogs, other than ACK and CANCEL. */
  receive(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    const remoteTag = request.headers.from.params.get("tag") ?? "";
    const usage = this.usageOf(remoteTag);
    if (usage === undefined) return false;
    if (request.method === "BYE") {
      // Whatever its moment, number or extensions: a BYE never fails (RFC 3261 §15.1.2).
      transaction.respond(usage.link.answer(request, 200));
      this.receiveBye(remoteTag, header(request, "Reason"));
    } else {
      usage.receive(transaction);
    }
    return true;
  }

  deliver(received: ReceivedRequest): boolean {
    return this.events.emit("request", received);
  }

  acknowledged(ack: SipRequest): void {
    this.events.emit("acknowledged", ack);
  }

  lost(ending: Ending): void {
    if (this.#ended || this.usage === undefined) return;
    this.sendBye(this.usage.link, undefined);
    this.finish(ending, undefined);
  }

  /** Sends a BYE; until it is through, the session is kept, so that a BYE of the peer that crosses it finds it. */
  protected sendBye(link: DialogLink, reason: string | undefined): void {
    this.#byes += 1;
    link.send("BYE", withReason(reason), () => {
      this.#byes -= 1;
      this.#releaseWhenDone();
    });
  }

  /** Tells that it is over, once. */
  protected finish({ by, cause }: Ending, reason: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.closeUsages();
    const end: SessionEnd = reason === undefined ? { by, cause } : { by, cause, reason };
    this.events.emit("ended", end);
    this.#releaseWhenDone();
  }

  protected abstract closeUsages(): void;

  #releaseWhenDone(): void {
    if (this.#ended && this.#byes === 0) this.#release();
  }
}

/** The content of a message that says why (RFC 3326). */
export function withReason(reason: string | undefined): Content {
  return reason === undefined ? {} : { headers: [{ name: "Reason", value: reason }] };
}

import { Emitter } from "../core/emitter.ts";
import { type Failure, failure } from "../core/failure.ts";
import { ok, type Result } from "../core/result.ts";
import type { CodecName } from "../mixer/engine/media-engine.ts";
import type { PortId } from "../mixer/matrix.ts";
import type {
  Content,
  InviteOptions,
  ReceivedRequest,
  Session,
  SessionEnd,
  UserAgent,
} from "../sip/dialog/types.ts";
import { header, type SipResponse } from "../sip/message/message.ts";
import { digitOfInfo, infoOfDigit } from "./info-digits.ts";
import type { LegMedia } from "./leg-media.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

export type LegEvents = {
  /** The peer rings; `early` where it sends early media. */
  progress: [early: boolean];
  /** A leg we dialled has answered and its audio is agreed. */
  answered: [];
  /** A leg we dialled will not be answered. It has ended. */
  refused: [refusal: Refusal];
  /** A leg we answered turned out to have no common codec in its late answer. */
  unanswerable: [failure: Failure];
  hold: [on: boolean];
  /** A key by RFC 4733 (at its first packet) or by INFO. */
  digit: [digit: string];
  /** The subset of `digit` that came by INFO, which the media does not pass on. */
  "info-digit": [digit: string];
  "media-lost": [reason: string];
  /** The peer or its transport ended it; our own `end` is not told. */
  ended: [reason: string | undefined];
};

/** One SIP dialog and its media: what a call or a supervision holds in its hand. The far end sees nothing of any other leg. */
export class Leg {
  readonly events = new Emitter<LegEvents>();
  readonly id: string;
  readonly #media: LegMedia;
  #session: Session | undefined;
  /** SDP of ours that waits for its answer in an ACK. */
  #offered = false;
  /** The answer that a 183 has given: the 200 gives the same one (RFC 3261 §13.2.1). */
  #promised: string | undefined;
  #over = false;
  #ringing = false;

  constructor(id: string, media: LegMedia, session?: Session) {
    this.id = id;
    this.#media = media;
    media.events.on("digit", (digit) => this.events.emit("digit", digit));
    media.events.on("lost", () => this.events.emit("media-lost", "the media engine was lost"));
    // While it rings, nobody has to send.
    media.events.on("silent", () => {
      if (this.#session?.state === "confirmed") this.events.emit("media-lost", "no audio received");
    });
    if (session !== undefined) this.#take(session);
  }

  get port(): PortId | undefined {
    return this.#media.port;
  }

  /** It has ended, whoever ended it. */
  get over(): boolean {
    return this.#over;
  }

  /** The codec in use, or for a caller not yet answered the one its offer makes us prefer. */
  get codec(): CodecName | undefined {
    return this.#media.codec;
  }

  /** Received legs: opens the media port and looks whether the offer can be answered at all. */
  async prepare(call: string): Promise<Failure | undefined> {
    const opened = await this.#media.open(call);
    if (opened !== undefined) return opened;
    const offer = bodyOf(this.#session?.invite);
    return offer === undefined ? undefined : this.#media.consider(offer);
  }

  /** Takes the media port to another call. */
  join(call: string): void {
    this.#media.join(call);
  }

  /** Received legs: 180, or 183 with SDP where the caller is to hear `early`. */
  ring(early?: Leg): void {
    const offer = bodyOf(this.#session?.invite);
    if (early === undefined || offer === undefined) {
      if (!this.#ringing) this.#session?.respond(180);
      this.#ringing = true;
      return;
    }
    const answer = this.#answerTo(offer, early.codec);
    if (!answer.ok) return;
    this.#promised = answer.value;
    this.#session?.respond(183, sdp(answer.value));
  }

  /** Received legs: 200 with our answer, or with our offer where the INVITE had none (RFC 3264 §5, late offer). */
  answer(prefer?: CodecName): Failure | undefined {
    const offer = bodyOf(this.#session?.invite);
    if (offer === undefined) {
      this.#offered = true;
      this.#session?.respond(200, sdp(this.#media.offer(prefer)));
      return undefined;
    }
    const answer = this.#answerTo(offer, prefer);
    if (!answer.ok) {
      this.events.emit("unanswerable", answer.error);
      return answer.error;
    }
    this.#session?.respond(200, sdp(answer.value));
    this.#tellHold(false);
    return undefined;
  }

  /** Opens a port and sends the INVITE. `refused` is told of what stops it before that. */
  dial(
    userAgent: UserAgent,
    call: string,
    invite: InviteOptions,
    prefer: CodecName | undefined,
    refused: (why: Failure) => void,
  ): void {
    void this.#media.open(call).then((failed) => {
      if (this.#over) return;
      if (failed !== undefined) {
        refused(failed);
        return;
      }
      const content: Content = { ...invite.content, ...sdp(this.#media.offer(prefer)) };
      this.#take(userAgent.invite({ ...invite, content }));
    });
  }

  /** Passes a digit on by INFO. */
  sendDigit(digit: string): void {
    this.#session?.request("INFO", { body: infoOfDigit(digit) }, () => {});
  }

  /** Ends it by whatever its state demands. `status` and `phrase` answer an INVITE; `reason` is the RFC 3326 value. */
  end(
    options: {
      readonly status?: number;
      readonly phrase?: string | undefined;
      readonly reason?: string;
    } = {},
  ): void {
    if (this.#over) return;
    this.#over = true;
    const { status, phrase, reason } = options;
    const session = this.#session;
    if (session?.direction === "received" && session.state === "early" && status !== undefined) {
      session.respond(status, phrase === undefined ? {} : { reason: phrase });
      return;
    }
    session?.end(reason === undefined ? {} : { reason });
  }

  /** Gives the media port back. Safe to call twice. */
  close(): void {
    this.#over = true;
    this.#media.close();
  }

  #answerTo(offer: string, prefer: CodecName | undefined): Result<string, Failure> {
    return this.#promised === undefined ? this.#media.answer(offer, prefer) : ok(this.#promised);
  }

  #take(session: Session): void {
    this.#session = session;
    session.events.on("progress", (response) => this.#onProgress(response));
    session.events.on("accepted", (response) => this.#onAccepted(session, response));
    session.events.on("rejected", (answer) => {
      if (this.#over) return;
      this.#over = true;
      this.events.emit("refused", refusalOfAnswer(answer));
    });
    session.events.on("acknowledged", (ack) => this.#onAcknowledged(bodyOf(ack)));
    session.events.on("request", (received) => this.#onRequest(received));
    session.events.on("ended", (why) => this.#onEnded(why));
  }

  #onProgress(response: SipResponse): void {
    const answer = bodyOf(response);
    const early = answer !== undefined && this.#media.accept(answer) === undefined;
    this.events.emit("progress", early);
  }

  #onAccepted(session: Session, response: SipResponse): void {
    const failed = this.#judge(bodyOf(response));
    session.acknowledge();
    if (failed === undefined) {
      this.events.emit("answered");
      this.#tellHold(false);
      return;
    }
    this.end();
    this.events.emit("refused", refusalOf(failed));
  }

  /** Phones that answered our offer in a 183 may leave it out of the 200. */
  #judge(answer: string | undefined): Failure | undefined {
    if (answer !== undefined) return this.#media.accept(answer);
    return this.codec === undefined ? failure("sdp.no-common-codec", "no answer in the 200") : undefined;
  }

  /** The answer to a late offer, of the INVITE or of a re-INVITE. */
  #onAcknowledged(answer: string | undefined): void {
    if (!this.#offered) return;
    this.#offered = false;
    const failed =
      answer === undefined ? failure("sdp.no-common-codec", "no answer in the ACK") : this.#accept(answer);
    if (failed !== undefined) this.events.emit("unanswerable", failed);
  }

  #accept(answer: string): Failure | undefined {
    const held = this.#media.remoteHolds;
    const failed = this.#media.accept(answer);
    this.#tellHold(held);
    return failed;
  }

  #onRequest(received: ReceivedRequest): void {
    switch (received.request.method) {
      case "INVITE":
        this.#onReinvite(received);
        return;
      case "INFO":
        this.#onInfo(received);
        return;
      case "OPTIONS":
        received.respond(200);
        return;
      default:
        received.respond(501);
    }
  }

  /** Answered here: the other leg need not know of a hold, a new address or a new codec. */
  #onReinvite(received: ReceivedRequest): void {
    const offer = bodyOf(received.request);
    if (offer === undefined) {
      this.#offered = true;
      received.respond(200, sdp(this.#media.offer(this.codec)));
      return;
    }
    const held = this.#media.remoteHolds;
    const answer = this.#media.answer(offer, this.codec);
    if (!answer.ok) {
      // The session stays as it was (RFC 3261 §14.2).
      const refusal = refusalOf(answer.error);
      received.respond(refusal.status);
      return;
    }
    received.respond(200, sdp(answer.value));
    this.#tellHold(held);
  }

  #tellHold(before: boolean): void {
    if (this.#media.remoteHolds !== before) this.events.emit("hold", this.#media.remoteHolds);
  }

  #onInfo(received: ReceivedRequest): void {
    const { request } = received;
    const digit = digitOfInfo(header(request, "Content-Type"), bodyOf(request) ?? "");
    // RFC 2976 §2.2: a body that is not understood is 415, an empty one is 200.
    received.respond(digit === undefined && request.body.length > 0 ? 415 : 200);
    if (digit === undefined) return;
    this.events.emit("digit", digit);
    this.events.emit("info-digit", digit);
  }

  #onEnded(why: SessionEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.events.emit("ended", why.reason);
  }
}

function sdp(content: string): Content {
  return { body: { type: "application/sdp", content } };
}

const TEXT = new TextDecoder();

function bodyOf(message: { readonly body: Uint8Array } | undefined): string | undefined {
  return message === undefined || message.body.length === 0 ? undefined : TEXT.decode(message.body);
}

function refusalOfAnswer(answer: SipResponse | Failure): Refusal {
  return "code" in answer ? refusalOf(answer) : { status: answer.status, reason: answer.reason };
}

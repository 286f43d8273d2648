import { type Body, responseTo, tagOf } from "../../../src/sip/message/build.ts";
import {
  type HeaderField,
  header,
  type SipRequest,
  type SipResponse,
  type Uri,
} from "../../../src/sip/message/message.ts";
import { CallMedia, type Hold } from "./call-media.ts";
import type { Address } from "./link.ts";
import { PhoneDialog } from "./phone-dialog.ts";
import type { RtpStream } from "./rtp-stream.ts";
import type { AudioSdp } from "./sdp.ts";
import type { CallEnd, CallOptions, PhoneContext } from "./types.ts";
import { until } from "./until.ts";

interface ReceivedInvite {
  readonly invite: SipRequest;
  readonly from: Address;
}

/** One call as the phone lives through it. Every wait has a deadline of 5 s. */
export class PhoneCall {
  state: "calling" | "ringing" | "talking" | "ended" = "calling";
  /** The provisional and final statuses of our INVITE, in order. */
  readonly statuses: number[] = [];
  end: CallEnd | undefined;
  /** Keys that came by SIP INFO. */
  infoDigits = "";
  /** How many re-INVITEs came. */
  reinvites = 0;
  readonly #phone: PhoneContext;
  readonly #dialog: PhoneDialog;
  readonly #media: CallMedia;
  /** The INVITE that came, where we are the callee. */
  readonly #received: ReceivedInvite | undefined;
  /** The last status that it was answered with. */
  #answeredWith = 0;
  /** The INVITE as it went out, for its CANCEL. */
  #sentInvite: SipRequest | undefined;
  /** The ACK of our INVITE, for retransmitted 2xx. */
  #ack: { readonly request: SipRequest; readonly to: Address } | undefined;
  #isCancelled = false;

  private constructor(
    phone: PhoneContext,
    dialog: PhoneDialog,
    media: CallMedia,
    received: ReceivedInvite | undefined,
  ) {
    this.#phone = phone;
    this.#dialog = dialog;
    this.#media = media;
    this.#received = received;
  }

  /** Calls `target`; resolves once the INVITE is out. */
  static async call(phone: PhoneContext, target: Uri, from: Uri, options: CallOptions): Promise<PhoneCall> {
    const media = await CallMedia.open(phone);
    const call = new PhoneCall(phone, PhoneDialog.caller(from, target, phone.contact), media, undefined);
    call.#sendInvite(options);
    return call;
  }

  /** Takes an INVITE; nothing is answered yet. */
  static async received(phone: PhoneContext, invite: SipRequest, from: Address): Promise<PhoneCall> {
    const media = await CallMedia.open(phone);
    const call = new PhoneCall(phone, PhoneDialog.callee(invite, phone.contact), media, { invite, from });
    call.state = "ringing";
    media.learn(invite.body);
    return call;
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  /** Who is at the far end: an extension. */
  get remoteUser(): string {
    return this.#dialog.remoteUser;
  }

  /** The media: what is sent, and in `recorder` what was received. */
  get media(): RtpStream {
    return this.#media.stream;
  }

  /** The far end's SDP in force. */
  get remoteSdp(): AudioSdp | undefined {
    return this.#media.remote;
  }

  /** Resolves when the call was answered; rejects with the status when it was refused. */
  async answered(timeoutMs = 5_000): Promise<void> {
    const isDecided = () => this.state === "talking" || this.state === "ended";
    await until(`an answer from ${this.remoteUser}`, isDecided, timeoutMs);
    if (this.state === "ended") throw new Error(`not answered: ${this.end?.status} ${this.end?.reason}`);
  }

  /** Resolves when the call is over, whoever ended it. */
  async ended(timeoutMs = 5_000): Promise<CallEnd> {
    await until(`the end of the call with ${this.remoteUser}`, () => this.end !== undefined, timeoutMs);
    return this.end ?? { by: "us", reason: "" };
  }

  /** Callee: 180; with `earlyMedia` a 183 with SDP, and we begin to send. */
  ring(earlyMedia = false): void {
    this.#answer(earlyMedia ? 183 : 180, earlyMedia ? this.#media.answer() : undefined);
    if (earlyMedia) this.#media.apply();
  }

  /** Callee: answers with 200 and our SDP (an offer where the INVITE had none), or with `sdp`. */
  answer(sdp: string | undefined = this.#media.answer()): void {
    if (sdp === undefined) {
      this.decline(488);
      return;
    }
    this.#answer(200, sdp);
    this.state = "talking";
    this.#media.apply();
  }

  /** Callee: refuses. */
  decline(status: number): void {
    this.#answer(status);
    this.#finish({ by: "us", status, reason: "" });
  }

  /** Hangs up whatever the state: CANCEL, a refusal or BYE; resolves when the far end has agreed. */
  async hangup(): Promise<void> {
    if (this.state === "ended") return;
    if (this.state === "talking") {
      this.#finish({ by: "us", reason: "" });
      await this.request("BYE");
    } else if (this.#received !== undefined) {
      this.decline(480);
    } else {
      await this.cancel();
    }
  }

  /** Caller: cancels; CANCEL goes out once a provisional answer came (RFC 3261 §9.1). A 2xx on its way is hung up. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    await until("a provisional answer to cancel", () => this.statuses.length > 0 || this.state === "ended");
    if (this.state !== "ended" && this.#sentInvite !== undefined) {
      this.#phone.endpoint.cancel(this.#sentInvite, this.#phone.server);
    }
    await this.ended();
  }

  /** Holds by a re-INVITE and falls silent; resolves to the final status. */
  async hold(way: Hold): Promise<number> {
    this.#media.held = way;
    this.#media.apply();
    return this.reinvite();
  }

  /** Takes the call back from hold; resolves to the final status. */
  async resume(): Promise<number> {
    this.#media.held = undefined;
    return this.reinvite();
  }

  /**
   * A re-INVITE with our SDP as it stands, with another, or (`null`) with none; the far end's offer is then answered with
   * `answer`, or as we can. Resolves to the final status.
   */
  async reinvite(sdp: string | null = this.#media.offer(), answer?: string): Promise<number> {
    const response = await this.request("INVITE", sdp === null ? undefined : sdpBody(sdp), [], answer);
    return response.status;
  }

  /** Presses a key: by RFC 4733 events in the audio, or by SIP INFO as either kind of phone writes it. */
  async pressKey(digit: string, by: "rfc4733" | "info" | "info-dtmf" = "rfc4733"): Promise<void> {
    if (by === "rfc4733") {
      this.media.press(digit);
    } else if (by === "info") {
      const content = `Signal=${digit}\r\nDuration=160\r\n`;
      await this.request("INFO", { type: "application/dtmf-relay", content });
    } else {
      await this.request("INFO", { type: "application/dtmf", content: digit });
    }
  }

  /** Sends a request inside the dialog; resolves to its final response. A 2xx to INVITE is acknowledged. */
  async request(
    method: string,
    body?: Body,
    headers?: readonly HeaderField[],
    answer?: string,
  ): Promise<SipResponse> {
    const request = this.#dialog.build(method, body, headers);
    return new Promise((resolve, reject) => {
      this.#phone.endpoint.request(request, this.#dialog.nextHop, {
        sent: (sent) => this.#dialog.sent(sent),
        answered: (response) => {
          if (response === undefined) {
            reject(new Error(`nothing answered ${method}`));
          } else if (response.status >= 200) {
            if (method === "INVITE" && response.status < 300)
              this.#onAccepted(response, body === undefined, answer);
            resolve(response);
          }
        },
      });
    });
  }

  /** Takes a request of the far end inside this call. */
  receive(request: SipRequest, from: Address): void {
    switch (request.method) {
      case "ACK":
        // With a body it answers our offer in the 200.
        this.#media.learn(request.body);
        if (this.state === "talking") this.#media.apply();
        break;
      case "BYE":
        this.#respond(request, from, 200);
        this.#finish({ by: "them", reason: header(request, "Reason") ?? "" });
        break;
      case "CANCEL":
        this.#respond(request, from, 200);
        if (this.state !== "ringing") break;
        this.#answer(487);
        this.#finish({ by: "them", status: 487, reason: header(request, "Reason") ?? "" });
        break;
      case "INVITE":
        this.reinvites++;
        this.#media.learn(request.body);
        this.#respond(
          request,
          from,
          200,
          request.body.length > 0 ? this.#media.answer() : this.#media.offer(),
        );
        this.#media.apply();
        break;
      case "INFO":
        this.infoDigits +=
          /^(?:Signal=\s*)?([0-9A-D*#])/im.exec(new TextDecoder().decode(request.body))?.[1] ?? "";
        this.#respond(request, from, 200);
        break;
      default:
        this.#respond(request, from, request.method === "OPTIONS" ? 200 : 501);
    }
  }

  #sendInvite({ lateOffer = false, sdp, headers }: CallOptions): void {
    const body = lateOffer ? undefined : sdpBody(sdp ?? this.#media.offer());
    this.#phone.endpoint.request(this.#dialog.build("INVITE", body, headers), this.#phone.server, {
      sent: (sent) => {
        this.#sentInvite = sent;
        this.#dialog.sent(sent);
      },
      answered: (response) => this.#onInviteAnswered(response, lateOffer, sdp),
    });
  }

  #onInviteAnswered(response: SipResponse | undefined, lateOffer: boolean, sdp: string | undefined): void {
    if (this.#ack !== undefined) {
      this.#phone.endpoint.sendAck(this.#ack.request, this.#ack.to);
      return;
    }
    if (this.state === "ended") return;
    const { status, reason } = response ?? { status: 408, reason: "nothing answered" };
    this.statuses.push(status);
    if (response === undefined || status >= 300) {
      this.#finish({ by: this.#isCancelled ? "us" : "them", status, reason });
    } else if (status >= 200) {
      this.#dialog.learn(response);
      this.state = "talking";
      this.#ack = this.#onAccepted(response, lateOffer, sdp);
      if (this.#isCancelled) void this.hangup();
    } else if (status > 100) {
      this.#dialog.learn(response);
      this.#media.learn(response.body);
      this.state = "ringing";
      this.#media.apply();
    }
  }

  /** Acknowledges a 2xx to INVITE, with our answer where it bore the offer. */
  #onAccepted(
    response: SipResponse,
    isLateOffer: boolean,
    sdp?: string,
  ): { request: SipRequest; to: Address } {
    this.#media.learn(response.body);
    const answer = isLateOffer ? (sdp ?? this.#media.answer()) : undefined;
    const ack = {
      request: this.#dialog.build("ACK", answer === undefined ? undefined : sdpBody(answer)),
      to: this.#dialog.nextHop,
    };
    this.#phone.endpoint.sendAck(ack.request, ack.to);
    this.#media.apply();
    return ack;
  }

  #answer(status: number, sdp?: string): void {
    if (this.#received === undefined || this.#answeredWith >= 200) return;
    this.#answeredWith = status;
    this.#respond(this.#received.invite, this.#received.from, status, sdp);
  }

  #respond(request: SipRequest, to: Address, status: number, sdp?: string): void {
    const response = responseTo(request, status, {
      toTag: tagOf(this.#dialog.local) ?? "",
      contact: [this.#phone.contact],
      ...(sdp !== undefined && { body: sdpBody(sdp) }),
    });
    this.#phone.endpoint.respond(request, response, to);
  }

  #finish(end: CallEnd): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.end = end;
    void this.media.close();
    this.#phone.ended();
  }
}

function sdpBody(content: string): Body {
  return { type: "application/sdp", content };
}

import { randomBytes } from "node:crypto";
import { type Body, withBody } from "../../../src/sip/message/build.ts";
import {
  type HeaderField,
  type NameAddr,
  NO_BODY,
  NO_PARAMS,
  type SipRequest,
  type SipResponse,
  type Uri,
} from "../../../src/sip/message/message.ts";
import type { Address } from "./link.ts";

/** What every request of one call has in common (RFC 3261 §12.2.1.1). */
export class PhoneDialog {
  readonly callId: string;
  /** With our tag. */
  readonly local: NameAddr;
  readonly #contact: NameAddr;
  #remote: NameAddr;
  #target: Uri;
  #route: readonly NameAddr[] = [];
  #cseq = 0;

  private constructor(callId: string, local: NameAddr, remote: NameAddr, target: Uri, contact: NameAddr) {
    this.callId = callId;
    this.local = local;
    this.#remote = remote;
    this.#target = target;
    this.#contact = contact;
  }

  /** A dialog that we begin. */
  static caller(from: Uri, target: Uri, contact: NameAddr): PhoneDialog {
    const local = { uri: from, params: new Map([["tag", token()]]) };
    return new PhoneDialog(token(), local, { uri: target, params: NO_PARAMS }, target, contact);
  }

  /** A dialog that an INVITE begins with us. */
  static callee({ headers }: SipRequest, contact: NameAddr): PhoneDialog {
    const theirs = headers.contact === "*" ? undefined : headers.contact[0];
    const local = { ...headers.to, params: new Map([["tag", token()]]) };
    const { callId, from } = headers;
    const dialog = new PhoneDialog(callId, local, from, theirs?.uri ?? from.uri, contact);
    dialog.#route = headers.recordRoute;
    return dialog;
  }

  /** Who is at the far end: the user part of its address. */
  get remoteUser(): string {
    return this.#remote.uri.user ?? "";
  }

  /** Takes the far end's tag, Contact and route out of a response that makes the dialog (RFC 3261 §12.1.2). */
  learn({ headers: { to, contact, recordRoute } }: SipResponse): void {
    this.#remote = to;
    if (contact !== "*" && contact[0] !== undefined) this.#target = contact[0].uri;
    this.#route = [...recordRoute].reverse();
  }

  /** The next request; an ACK has the CSeq number of the INVITE, the last request sent. */
  build(method: string, body?: Body, headers: readonly HeaderField[] = []): SipRequest {
    if (method !== "ACK") this.#cseq++;
    const request: SipRequest = {
      type: "request",
      method,
      uri: this.#target,
      headers: {
        via: [],
        from: this.local,
        to: this.#remote,
        callId: this.callId,
        cseq: { number: this.#cseq, method },
        maxForwards: 70,
        contact: method === "INVITE" ? [this.#contact] : [],
        route: this.#route,
        recordRoute: [],
        others: headers,
      },
      body: NO_BODY,
    };
    return body === undefined ? request : withBody(request, body);
  }

  /** Goes on from a request as it was sent: with credentials it has another CSeq number. */
  sent(request: SipRequest): void {
    this.#cseq = request.headers.cseq.number;
  }

  /** By the first route, or the Contact; a connection goes to the server anyhow. */
  get nextHop(): Address {
    const { host, port } = this.#route[0]?.uri ?? this.#target;
    return { address: host, port: port ?? 5060 };
  }
}

function token(): string {
  return randomBytes(8).toString("hex");
}

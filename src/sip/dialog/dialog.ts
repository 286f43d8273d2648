/**
 * The state of one dialog and the requests it yields (RFC 3261 §12): tags, sequence numbers, route set, remote target.
 * Pure: every change is a new value. It never decides what a request means, only whether it belongs here and in this order.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { type Body, tagOf, withBody, withTag } from "../message/build.ts";
import {
  type HeaderField,
  type NameAddr,
  NO_BODY,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type Uri,
} from "../message/message.ts";

/** RFC 3261 §8.1.1.6: what every request of ours starts with. */
export const MAX_FORWARDS = 70;

/** One dialog, seen from our side. Immutable. */
export interface Dialog {
  readonly state: "early" | "confirmed";
  readonly callId: string;
  readonly localTag: string;
  /** "" where the peer gave none (RFC 2543 peers, §12.1.1). */
  readonly remoteTag: string;
  /** Our From (To in the peer's requests), tag included. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
  /** The last CSeq number we used. */
  readonly localCseq: number;
  /** The last CSeq number of the peer; undefined until its first request. */
  readonly remoteCseq: number | undefined;
  /** Where the peer wants its requests: the URI of its latest Contact. */
  readonly remoteTarget: Uri;
  /** In the order in which our requests traverse it. */
  readonly routeSet: readonly NameAddr[];
}

/** The dialog a received INVITE opens under the tag we answer with (RFC 3261 §12.1.1). */
export function dialogOfReceived(invite: SipRequest, localTag: string): Dialog {
  const { from, to, callId, cseq, recordRoute } = invite.headers;
  return {
    state: "early",
    callId,
    localTag,
    remoteTag: tag(from),
    local: withTag(to, localTag),
    remote: from,
    localCseq: 0,
    remoteCseq: cseq.number,
    remoteTarget: contactUri(invite) ?? from.uri,
    routeSet: recordRoute,
  };
}

/** The dialog that a response to our INVITE opens: early by a 101-199, confirmed by a 2xx (RFC 3261 §12.1.2). */
export function dialogOfSent(invite: SipRequest, response: SipResponse): Dialog {
  const { from, callId, cseq } = invite.headers;
  return {
    state: response.status < 200 ? "early" : "confirmed",
    callId,
    localTag: tag(from),
    remoteTag: tag(response.headers.to),
    local: from,
    remote: response.headers.to,
    localCseq: cseq.number,
    remoteCseq: undefined,
    remoteTarget: contactUri(response) ?? invite.uri,
    routeSet: response.headers.recordRoute.toReversed(),
  };
}

/** The dialog once its 2xx has been sent. */
export function confirmed(dialog: Dialog): Dialog {
  return { ...dialog, state: "confirmed" };
}

/** The dialog once its 2xx has come: route set and target are the 2xx's, the numbers go on (RFC 3261 §13.2.2.4). */
export function confirmedBy(dialog: Dialog, invite: SipRequest, response: SipResponse): Dialog {
  const { localCseq, remoteCseq } = dialog;
  return { ...dialogOfSent(invite, response), localCseq, remoteCseq };
}

/** Takes over the Contact of a target refresh, a re-INVITE or the 2xx to one (RFC 3261 §12.2). */
export function refreshTarget(dialog: Dialog, message: SipMessage): Dialog {
  const uri = contactUri(message);
  return uri === undefined ? dialog : { ...dialog, remoteTarget: uri };
}

/** Takes a request of the peer other than ACK and CANCEL in its order, or says `sip.out-of-order` (RFC 3261 §12.2.2). */
export function receive(dialog: Dialog, request: SipRequest): Result<Dialog, Failure> {
  const { number } = request.headers.cseq;
  if (dialog.remoteCseq !== undefined && number < dialog.remoteCseq) {
    return err(failure("sip.out-of-order", `${number} after ${dialog.remoteCseq}`));
  }
  return ok({ ...dialog, remoteCseq: number });
}

/** What a request inside a dialog carries beyond what the dialog knows. */
export interface RequestParts {
  readonly contact?: NameAddr;
  readonly headers?: readonly HeaderField[];
  readonly body?: Body;
}

/**
 * Builds the next request of ours in the dialog, and the dialog with its number used (RFC 3261 §12.2.1.1).
 * The Via is the transaction layer's. ACK is not built here but by `ackIn`.
 */
export function requestIn(
  dialog: Dialog,
  method: string,
  parts: RequestParts = {},
): { readonly dialog: Dialog; readonly request: SipRequest } {
  const next = { ...dialog, localCseq: dialog.localCseq + 1 };
  return { dialog: next, request: build(next, method, next.localCseq, parts) };
}

/**
 * Builds the ACK of a 2xx to `invite`, in the dialog that the 2xx made: it has the INVITE's number and credentials
 * (RFC 3261 §13.2.2.4).
 */
export function ackIn(dialog: Dialog, invite: SipRequest, parts: RequestParts = {}): SipRequest {
  const credentials = invite.headers.others.filter(
    ({ name }) => name === "Authorization" || name === "Proxy-Authorization",
  );
  return build(dialog, "ACK", invite.headers.cseq.number, {
    ...parts,
    headers: [...credentials, ...(parts.headers ?? [])],
  });
}

function build(dialog: Dialog, method: string, cseq: number, parts: RequestParts): SipRequest {
  const { uri, route } = routed(dialog);
  const request: SipRequest = {
    type: "request",
    method,
    uri,
    headers: {
      via: [],
      from: dialog.local,
      to: dialog.remote,
      callId: dialog.callId,
      cseq: { number: cseq, method },
      maxForwards: MAX_FORWARDS,
      contact: parts.contact === undefined ? [] : [parts.contact],
      route,
      recordRoute: [],
      others: parts.headers ?? [],
    },
    body: NO_BODY,
  };
  return parts.body === undefined ? request : withBody(request, parts.body);
}

/** Request-URI and Route of a request in the dialog, by loose or strict routing (RFC 3261 §12.2.1.1). */
function routed(dialog: Dialog): { readonly uri: Uri; readonly route: readonly NameAddr[] } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined) return { uri: requestUri(dialog.remoteTarget), route: [] };
  if (first.uri.params.has("lr")) return { uri: requestUri(dialog.remoteTarget), route: dialog.routeSet };
  const target: NameAddr = { uri: dialog.remoteTarget, params: new Map() };
  return { uri: requestUri(first.uri), route: [...rest, target] };
}

/** A URI without what may not stand in a Request-URI: headers and `method` (RFC 3261 §19.1.1, table 1). */
function requestUri(uri: Uri): Uri {
  const { headers: _, ...rest } = uri;
  return { ...rest, params: new Map([...uri.params].filter(([name]) => name !== "method")) };
}

function tag(address: NameAddr): string {
  return tagOf(address) ?? "";
}

function contactUri(message: SipMessage): Uri | undefined {
  const { contact } = message.headers;
  return contact === "*" ? undefined : contact[0]?.uri;
}

/**
 * Decides which transaction a message belongs to: RFC 3261 §17.1.3 for responses, §17.2.3 for requests, with the
 * matching of RFC 2543 for clients whose branch lacks the magic cookie. A key is text for a map and nothing else.
 */
import type { SipRequest, SipResponse, Via } from "../message/message.ts";
import { formatUri } from "../message/uri.ts";

/** Begins every branch of a client that keeps to RFC 3261 (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/** The key of a client transaction from its branch and method; a response carries both back (§17.1.3). */
export function clientKey(branch: string, method: string): string {
  return `${branch} ${method}`;
}

/** The key of the client transaction that a response answers; undefined where its Via cannot be ours (§8.1.3.3). */
export function clientKeyOf(response: SipResponse): string | undefined {
  const [via, second] = response.headers.via;
  const branch = via?.params.get("branch");
  if (branch === undefined || second !== undefined) return undefined;
  return clientKey(branch, response.headers.cseq.method);
}

/**
 * The key of the server transaction a request begins or belongs to. An ACK has the key of its INVITE; `method` set to
 * "INVITE" gives that of the INVITE which a CANCEL names (§9.2).
 */
export function serverKeyOf(request: SipRequest, method = request.method): string {
  const keyMethod = method === "ACK" ? "INVITE" : method;
  const via = request.headers.via[0];
  const branch = branchOf(via);
  if (branch !== undefined) return `${branch} ${sentBy(via)} ${keyMethod}`;
  // RFC 2543: everything that identifies the request. The To tag is left out, since an ACK carries the one of our
  // response: `belongs` compares that.
  const { from, callId, cseq } = request.headers;
  const tag = from.params.get("tag") ?? "";
  const top = `${sentBy(via)} ${via?.params.get("branch") ?? ""}`;
  return `${formatUri(request.uri)} ${tag} ${callId} ${cseq.number} ${top} ${keyMethod}`;
}

/**
 * Whether an ACK whose key led to a transaction is that transaction's (§17.2.3): a client of RFC 2543 may give the ACK
 * for a 2xx the Via of its INVITE, and only the To tag of the response tells them apart.
 */
export function belongs(ack: SipRequest, answer: SipResponse | undefined): boolean {
  if (branchOf(ack.headers.via[0]) !== undefined) return true;
  return ack.headers.to.params.get("tag") === answer?.headers.to.params.get("tag");
}

/** The branch, where it is one of RFC 3261. */
function branchOf(via: Via | undefined): string | undefined {
  const branch = via?.params.get("branch");
  return branch?.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length ? branch : undefined;
}

/** Different clients may choose the same branch; their sent-by differs (§17.2.3). */
function sentBy(via: Via | undefined): string {
  return `${via?.host.toLowerCase() ?? ""}:${via?.port ?? ""}`;
}

/**
 * What is refused before anybody above hears of it (RFC 3261 §8.2): methods, schemes, extensions and bodies that nothing
 * here understands. Pure: it looks at one request and nothing else, and it never judges a session description's content.
 */
import { type Failure, failure, sipStatusOf } from "../../core/failure.ts";
import { listOf } from "../message/build.ts";
import { type HeaderField, header, METHODS, type SipRequest } from "../message/message.ts";
import { ACCEPT, ALLOW, SESSION_TYPE, SUPPORTED } from "./capabilities.ts";

/** A refusal: the status, its cause, and the header fields that tell the peer what would be accepted. */
export interface Refusal {
  readonly status: number;
  readonly failure: Failure;
  readonly headers: readonly HeaderField[];
}

/** Methods of the standards that we know of and do not serve: 405. What nobody knows is 501 (RFC 3261 §8.2.1, §21.5.2). */
const KNOWN_ELSEWHERE = ["PRACK", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE"];

const SCHEMES = ["sip", "sips", "tel"];

/** Why this request is refused, or undefined. ACK is never answered and CANCEL judged by what it cancels: do not ask. */
export function refusalOf(request: SipRequest): Refusal | undefined {
  return (
    refusedMethod(request) ??
    refusedScheme(request) ??
    refusedHops(request) ??
    refusedExtensions(request) ??
    refusedBody(request)
  );
}

function refusedMethod({ method }: SipRequest): Refusal | undefined {
  if ((METHODS as readonly string[]).includes(method)) return undefined;
  const status = KNOWN_ELSEWHERE.includes(method) ? 405 : 501;
  return { status, failure: failure("sip.method-not-allowed", method), headers: [ALLOW] };
}

function refusedScheme({ uri }: SipRequest): Refusal | undefined {
  return SCHEMES.includes(uri.scheme)
    ? undefined
    : refusal(failure("sip.unsupported-uri-scheme", uri.scheme));
}

/** Only an INVITE leads on to another leg; whatever else ends here may arrive with its last hop (RFC 3261 §11, §16.3). */
function refusedHops({ method, headers }: SipRequest): Refusal | undefined {
  return method === "INVITE" && headers.maxForwards === 0 ? refusal(failure("sip.too-many-hops")) : undefined;
}

function refusedExtensions(request: SipRequest): Refusal | undefined {
  const unknown = listOf(request, "Require").filter((tag) => !SUPPORTED.includes(tag.toLowerCase()));
  if (unknown.length === 0) return undefined;
  const list = unknown.join(", ");
  return refusal(failure("sip.bad-extension", list), { name: "Unsupported", value: list });
}

/** RFC 3261 §8.2.3. Which types an INFO may carry is for its reader to say; an OPTIONS body is not read at all. */
function refusedBody(request: SipRequest): Refusal | undefined {
  if (request.method !== "INVITE" || request.body.length === 0 || isOptional(request)) return undefined;
  const encoding = (header(request, "Content-Encoding") ?? "identity").trim().toLowerCase();
  if (encoding !== "identity") {
    const identity: HeaderField = { name: "Accept-Encoding", value: "identity" };
    return refusal(failure("sip.unsupported-media-type", `Content-Encoding ${encoding}`), ACCEPT, identity);
  }
  const type = mediaType(header(request, "Content-Type") ?? "");
  return type === SESSION_TYPE ? undefined : refusal(failure("sip.unsupported-media-type", type), ACCEPT);
}

/** A body that its sender lets us ignore (RFC 3261 §20.11). */
function isOptional(request: SipRequest): boolean {
  return /;\s*handling\s*=\s*optional\b/i.test(header(request, "Content-Disposition") ?? "");
}

function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

function refusal(why: Failure, ...headers: HeaderField[]): Refusal {
  return { status: sipStatusOf(why), failure: why, headers };
}

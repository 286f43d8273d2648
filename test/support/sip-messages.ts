import type { SipRequest } from "../../src/sip/message/message.ts";
import { parseMessage } from "../../src/sip/message/parse.ts";

/** What a test wants different in a request. */
export interface RequestParts {
  /** Complete Via values, topmost first; none by default, as a user hands a request to the transaction layer. */
  readonly via?: readonly string[];
  readonly uri?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Further header lines, "Route: <sip:192.0.2.9;lr>". */
  readonly lines?: readonly string[];
  readonly body?: string;
}

/** The text of a well-formed request from alice to bob. */
export function requestText(method: string, parts: RequestParts = {}): string {
  const {
    via = [],
    uri = "sip:bob@192.0.2.2",
    fromTag = "alice1",
    toTag,
    callId = "call-1@192.0.2.1",
  } = parts;
  const body = parts.body ?? "";
  return [
    `${method} ${uri} SIP/2.0`,
    ...via.map((value) => `Via: ${value}`),
    `From: <sip:alice@192.0.2.1>;tag=${fromTag}`,
    `To: <sip:bob@192.0.2.2>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${parts.cseq ?? 1} ${method}`,
    "Max-Forwards: 70",
    ...(parts.lines ?? []),
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "",
    body,
  ].join("\r\n");
}

/** The request, parsed. Without `via` it has none, as the transaction layer expects of its user. */
export function sipRequest(method: string, parts: RequestParts = {}): SipRequest {
  const via = parts.via ?? ["SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKnone"];
  const parsed = parseMessage(new TextEncoder().encode(requestText(method, { ...parts, via })));
  if (!parsed.ok || parsed.value.type !== "request")
    throw new Error(`not a request: ${JSON.stringify(parsed)}`);
  if (parts.via !== undefined) return parsed.value;
  return { ...parsed.value, headers: { ...parsed.value.headers, via: [] } };
}

/**
 * Building messages from messages: the response to a request (RFC 3261 §8.2.6), a message with one field or the body changed.
 * Pure: tags and branches come in as arguments.
 */
import { splitOutsideQuotes } from "./grammar.ts";
import {
  type HeaderField,
  type Headers,
  headerValues,
  type NameAddr,
  NO_BODY,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** A body and its Content-Type. */
export interface Body {
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** What goes into a response beyond what the request dictates. */
export interface ResponseParts {
  /** Instead of the standard phrase. */
  readonly reason?: string;
  /** Put on To where the request had no tag there; left out of a 100. */
  readonly toTag?: string;
  readonly contact?: readonly NameAddr[];
  readonly headers?: readonly HeaderField[];
  readonly body?: Body;
}

const UTF8 = new TextEncoder();

/** The response to a request, or to as much of one as was understood (RFC 3261 §8.2.6.2, §12.1.1). */
export function responseTo(
  request: Pick<SipRequest, "method" | "headers">,
  status: number,
  parts: ResponseParts = {},
): SipResponse {
  const { via, from, to, callId, cseq, recordRoute } = request.headers;
  const formsDialog = request.method === "INVITE" && status > 100 && status < 300;
  const timestamp = status === 100 ? request.headers.others.filter(({ name }) => name === "Timestamp") : [];
  const headers: Headers = {
    via,
    from,
    to: parts.toTag === undefined || status === 100 ? to : withTag(to, parts.toTag),
    callId,
    cseq,
    contact: parts.contact ?? [],
    route: [],
    recordRoute: formsDialog ? recordRoute : [],
    others: [...timestamp, ...(parts.headers ?? [])],
  };
  const response: SipResponse = {
    type: "response",
    status,
    reason: parts.reason ?? reasonPhrase(status),
    headers,
    body: NO_BODY,
  };
  return parts.body === undefined ? response : withBody(response, parts.body);
}

/** The same address with this tag, unless it has one already. */
export function withTag(address: NameAddr, tag: string): NameAddr {
  if (address.params.has("tag")) return address;
  return { ...address, params: new Map([...address.params, ["tag", tag]]) };
}

/** The tag of From or To; undefined where there is none. */
export function tagOf(address: NameAddr): string | undefined {
  return address.params.get("tag");
}

/** The message with some of its structured header fields replaced. */
export function withHeaders<M extends SipMessage>(message: M, changes: Partial<Headers>): M {
  return { ...message, headers: { ...message.headers, ...changes } };
}

/** The message with one field (canonical `name`) set, whatever it had of that name before. Only fields in `others`. */
export function withHeader<M extends SipMessage>(message: M, name: string, value: string): M {
  return withHeaders(message, { others: [...without(message, name), { name, value }] });
}

/** The message without any field of that canonical name. Only fields in `others`. */
export function withoutHeader<M extends SipMessage>(message: M, name: string): M {
  return withHeaders(message, { others: without(message, name) });
}

/** The message with this body and its Content-Type. */
export function withBody<M extends SipMessage>(message: M, body: Body): M {
  const content = typeof body.content === "string" ? UTF8.encode(body.content) : body.content;
  return { ...withHeader(message, "Content-Type", body.type), body: content };
}

/** The values of a comma list spread over any number of fields: Supported, Require, Allow, ... Only fields in `others`. */
export function listOf(message: SipMessage, name: string): string[] {
  return headerValues(message, name)
    .flatMap((value) => splitOutsideQuotes(value, ",") ?? [value])
    .filter((value) => value !== "");
}

function without(message: SipMessage, name: string): readonly HeaderField[] {
  return message.headers.others.filter((field) => field.name !== name);
}

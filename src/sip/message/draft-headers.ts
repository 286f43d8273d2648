/**
 * Header fields on their way to `Headers` (RFC 3261 §20): each is put in its place as it is read, and a rule it breaks
 * is told. What was understood before stays, so that even a broken request can be answered.
 */
import { isToken, parseNumber } from "./grammar.ts";
import type { Limits } from "./limits.ts";
import type { HeaderField, Headers, NameAddr, Via } from "./message.ts";
import { parseNameAddr, parseNameAddrs } from "./name-addr.ts";
import { parseVias } from "./via.ts";

/** `Headers` in the making. */
export interface DraftHeaders {
  via: Via[];
  from?: NameAddr;
  to?: NameAddr;
  callId?: string;
  cseq?: Headers["cseq"];
  maxForwards?: number;
  /** Read, never kept in a message: the serializer counts anew. */
  contentLength?: number;
  contact: NameAddr[];
  wildcard: boolean;
  route: NameAddr[];
  recordRoute: NameAddr[];
  others: HeaderField[];
}

/** The largest CSeq number (RFC 3261 §8.1.1.5). */
const MAX_CSEQ = 2 ** 31 - 1;
const MAX_FORWARDS = 255;

export function emptyDraft(): DraftHeaders {
  return { via: [], contact: [], wildcard: false, route: [], recordRoute: [], others: [] };
}

/** Puts one field in its place. Returns false where its value breaks the grammar or it may not stand here again. */
export function place(draft: DraftHeaders, field: HeaderField, limits: Limits): boolean {
  const { name, value } = field;
  switch (name) {
    case "Via":
      return append(draft.via, parseVias(value, limits), limits);
    case "Route":
      return append(draft.route, parseNameAddrs(value, limits), limits);
    case "Record-Route":
      return append(draft.recordRoute, parseNameAddrs(value, limits), limits);
    case "Contact":
      return placeContact(draft, value, limits);
    case "From":
      return once(draft, "from", parseNameAddr(value, limits));
    case "To":
      return once(draft, "to", parseNameAddr(value, limits));
    case "Call-ID":
      return once(draft, "callId", value === "" || /\s/.test(value) ? undefined : value);
    case "CSeq":
      return once(draft, "cseq", parseCSeq(value));
    case "Max-Forwards":
      return once(draft, "maxForwards", parseNumber(value, MAX_FORWARDS));
    case "Content-Length":
      return once(draft, "contentLength", parseNumber(value, Number.MAX_SAFE_INTEGER));
    default:
      draft.others.push(field);
      return true;
  }
}

/** The finished headers; undefined where one of those that every message must have is missing (RFC 3261 §8.1.1). */
export function finish(draft: DraftHeaders): Headers | undefined {
  const { via, from, to, callId, cseq, maxForwards, route, recordRoute, others } = draft;
  if (via.length === 0 || from === undefined || to === undefined) return undefined;
  if (callId === undefined || cseq === undefined) return undefined;
  const contact: Headers["contact"] = draft.wildcard ? "*" : draft.contact;
  const headers = { via, from, to, callId, cseq, contact, route, recordRoute, others };
  return maxForwards === undefined ? headers : { ...headers, maxForwards };
}

/** The names of those that are missing. */
export function missing({ via, from, to, callId, cseq }: DraftHeaders): string[] {
  const mandatory = { Via: via[0], From: from, To: to, "Call-ID": callId, CSeq: cseq };
  return Object.entries(mandatory).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

function append<T>(list: T[], values: readonly T[] | undefined, limits: Limits): boolean {
  if (values === undefined || list.length + values.length > limits.listValues) return false;
  for (const value of values) list.push(value);
  return true;
}

/** The first value stays where a field is given twice: an answer must echo something. */
function once<K extends "from" | "to" | "callId" | "cseq" | "maxForwards" | "contentLength">(
  draft: DraftHeaders,
  key: K,
  value: DraftHeaders[K],
): boolean {
  if (value === undefined || draft[key] !== undefined) return false;
  draft[key] = value;
  return true;
}

/** "*" stands alone (RFC 3261 §10.2.2). */
function placeContact(draft: DraftHeaders, value: string, limits: Limits): boolean {
  if (draft.wildcard) return false;
  if (value !== "*") return append(draft.contact, parseNameAddrs(value, limits), limits);
  draft.wildcard = draft.contact.length === 0;
  return draft.wildcard;
}

function parseCSeq(value: string): Headers["cseq"] | undefined {
  const match = /^([0-9]+)[ \t]+([^ \t]+)$/.exec(value);
  if (match === null) return undefined;
  const number = parseNumber(match[1] ?? "", MAX_CSEQ);
  const method = match[2] ?? "";
  return number === undefined || !isToken(method) ? undefined : { number, method };
}

/**
 * Names with addresses: From, To, Contact, Route, Record-Route (RFC 3261 §20.10, `name-addr` and `addr-spec`).
 * Without angle brackets everything behind `;` belongs to the header field, never to the URI.
 */
import { closingQuote, quote, splitOutsideQuotes, trimLws, unquote } from "./grammar.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { NameAddr, Uri } from "./message.ts";
import { formatParams, parseParams } from "./params.ts";
import { formatUri, parseUri } from "./uri.ts";

/** Reads one value: `"Name" <uri>;params`, `Name <uri>`, `<uri>` or a bare `uri;params`. */
export function parseNameAddr(text: string, limits: Limits = DEFAULT_LIMITS): NameAddr | undefined {
  const value = trimLws(text);
  if (value.startsWith('"')) {
    const end = closingQuote(value, 0);
    if (end < 0) return undefined;
    const displayName = unquote(value.slice(0, end + 1));
    const rest = trimLws(value.slice(end + 1));
    return displayName === undefined ? undefined : parseBracketed(rest, displayName, limits);
  }
  const open = value.indexOf("<");
  const semicolon = value.indexOf(";");
  if (open < 0 || (semicolon >= 0 && semicolon < open)) {
    const end = semicolon < 0 ? value.length : semicolon;
    return withParams(parseUri(trimLws(value.slice(0, end)), limits), value.slice(end), undefined, limits);
  }
  // Unquoted words that are no tokens ("Bell, Alexander") are accepted as they stand: RFC 4475 §3.1.2.15.
  const displayName = trimLws(value.slice(0, open));
  if (displayName.includes('"')) return undefined;
  return parseBracketed(value.slice(open), displayName, limits);
}

/** Reads a comma list of them; undefined where one does not fit or the list has a hole. */
export function parseNameAddrs(text: string, limits: Limits = DEFAULT_LIMITS): NameAddr[] | undefined {
  const parts = text.includes(",") ? splitOutsideQuotes(text, ",") : [text];
  if (parts === undefined || parts.length > limits.listValues) return undefined;
  const values: NameAddr[] = [];
  for (const part of parts) {
    const value = parseNameAddr(part, limits);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** Writes one value, the URI always in angle brackets so that its parameters stay its own. */
export function formatNameAddr(value: NameAddr): string {
  const address = `<${formatUri(value.uri)}>${formatParams(value.params)}`;
  return value.displayName === undefined ? address : `${quote(value.displayName)} ${address}`;
}

/** `text` begins at the "<". Spaces inside the brackets are forgiven: RFC 4475 §3.1.2.14. */
function parseBracketed(text: string, displayName: string, limits: Limits): NameAddr | undefined {
  const close = text.indexOf(">");
  if (!text.startsWith("<") || close < 0) return undefined;
  const uri = parseUri(trimLws(text.slice(1, close)), limits);
  return withParams(
    uri,
    trimLws(text.slice(close + 1)),
    displayName === "" ? undefined : displayName,
    limits,
  );
}

function withParams(
  uri: Uri | undefined,
  paramText: string,
  displayName: string | undefined,
  limits: Limits,
): NameAddr | undefined {
  const params = parseParams(paramText, limits);
  if (uri === undefined || params === undefined) return undefined;
  return displayName === undefined ? { uri, params } : { displayName, uri, params };
}

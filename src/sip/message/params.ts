/**
 * Parameters behind `;` of header field values (`generic-param`, RFC 3261 §25.1). Names are lower-cased and values
 * unquoted on the way in, quoted again where they must be on the way out; a name given twice is an error (§7.3.1).
 */
import { isToken, quote, splitOutsideQuotes, trimLws, unquote } from "./grammar.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { NO_PARAMS, type Params } from "./message.ts";

/** A bare value: a token or a host; an IPv6 address may lack its brackets (RFC 5118 §4.5). Liberal beyond that, never a separator. */
const BARE = /^[^\s"<>;,]*$/;
const NEEDS_NO_QUOTES = /^[A-Za-z0-9\-.!%*_+`'~[\]:@/]+$/;

/** Reads `;name=value;flag`, the first semicolon included; "" has none. */
export function parseParams(text: string, limits: Limits = DEFAULT_LIMITS): Params | undefined {
  if (text === "") return NO_PARAMS;
  if (!text.startsWith(";")) return undefined;
  const parts = splitOutsideQuotes(text.slice(1), ";");
  if (parts === undefined || parts.length > limits.params) return undefined;
  const params = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : trimLws(part.slice(0, equals))).toLowerCase();
    const value = equals < 0 ? "" : parseValue(trimLws(part.slice(equals + 1)));
    if (!isToken(name) || value === undefined || params.has(name)) return undefined;
    params.set(name, value);
  }
  return params;
}

/** Writes `;name=value` for each parameter, quoting a value that is neither a token nor a host. */
export function formatParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    if (value === "") text += `;${name}`;
    else text += `;${name}=${NEEDS_NO_QUOTES.test(value) ? value : quote(value)}`;
  }
  return text;
}

function parseValue(text: string): string | undefined {
  if (text.startsWith('"')) return unquote(text);
  return BARE.test(text) ? text : undefined;
}

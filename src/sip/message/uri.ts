/**
 * SIP and SIPS URIs, and any other as opaque text (RFC 3261 §19.1): reading, writing, comparing.
 * Never unescapes the user part: `%40` in a user is not an `@` (RFC 4475 §3.1.1.3).
 */
import { parseNumber } from "./grammar.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { NO_PARAMS, type Params, type Uri } from "./message.ts";

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
/** `unreserved` and `user-unreserved`, escapes apart; "#" because phones send it bare in feature codes. */
const USER = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/#%]+$/;
const PASSWORD = /^[A-Za-z0-9\-_.!~*'()&=+$,%]*$/;
const PARAM = /^[A-Za-z0-9\-_.!~*'()[\]/:&+$%]+$/;
const HEADERS = /^[A-Za-z0-9\-_.!~*'()[\]/?:+$%&=]*$/;
const OPAQUE = /^[A-Za-z0-9\-_.!~*'();/?:@&=+$,%#[\]]+$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
/** An IPv6 reference as loosely as RFC 5118 §4.10 asks, a name or an IPv4 address (with the underscore that hosts do have). */
const HOST_PORT = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/;

/** Parameters that, standing in one URI only, make two URIs differ (RFC 3261 §19.1.4). */
const DECISIVE = ["user", "ttl", "method", "maddr", "transport"];

/** Reads a URI without angle brackets; undefined where it is none. */
export function parseUri(text: string, limits: Limits = DEFAULT_LIMITS): Uri | undefined {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, colon).toLowerCase();
  if (colon < 0 || !SCHEME.test(scheme)) return undefined;
  const rest = text.slice(colon + 1);
  if (scheme !== "sip" && scheme !== "sips") {
    return OPAQUE.test(rest) ? { scheme, host: "", params: NO_PARAMS, opaque: rest } : undefined;
  }
  const at = rest.indexOf("@");
  const userInfo = at < 0 ? {} : parseUserInfo(rest.slice(0, at));
  const location = parseLocation(at < 0 ? rest : rest.slice(at + 1), limits);
  if (userInfo === undefined || location === undefined) return undefined;
  return { scheme, ...userInfo, ...location };
}

/** Writes a URI, without angle brackets. */
export function formatUri(uri: Uri): string {
  if (uri.opaque !== undefined) return `${uri.scheme}:${uri.opaque}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
  }
  text += uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
  for (const [name, value] of uri.params) text += value === "" ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** Whether two URIs are equivalent by RFC 3261 §19.1.4: an absent port is not 5060, parameters compare without case. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.opaque !== undefined || b.opaque !== undefined) return a.opaque === b.opaque;
  return (
    normalise(a.user) === normalise(b.user) &&
    normalise(a.password) === normalise(b.password) &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    sameParams(a.params, b.params) &&
    sortedHeaders(a.headers) === sortedHeaders(b.headers)
  );
}

function parseUserInfo(text: string): { user: string; password?: string } | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  if (!USER.test(user)) return undefined;
  if (colon < 0) return { user };
  const password = text.slice(colon + 1);
  return PASSWORD.test(password) ? { user, password } : undefined;
}

/** What stands behind the user part: host, port, parameters, headers. */
function parseLocation(
  text: string,
  limits: Limits,
): { host: string; port?: number; params: Params; headers?: string } | undefined {
  const question = text.indexOf("?");
  const headers = question < 0 ? undefined : text.slice(question + 1);
  const beforeHeaders = question < 0 ? text : text.slice(0, question);
  const semicolon = beforeHeaders.indexOf(";");
  const hostPort = HOST_PORT.exec(semicolon < 0 ? beforeHeaders : beforeHeaders.slice(0, semicolon));
  if (hostPort === null) return undefined;
  const params = semicolon < 0 ? NO_PARAMS : parseUriParams(beforeHeaders.slice(semicolon + 1), limits);
  const port = hostPort[2] === undefined ? undefined : parseNumber(hostPort[2], 65_535);
  if (params === undefined || (hostPort[2] !== undefined && port === undefined)) return undefined;
  if (headers !== undefined && (!HEADERS.test(headers) || BAD_ESCAPE.test(headers))) return undefined;
  return {
    host: (hostPort[1] ?? "").toLowerCase(),
    ...(port === undefined ? {} : { port }),
    params,
    ...(headers === undefined ? {} : { headers }),
  };
}

function parseUriParams(text: string, limits: Limits): Params | undefined {
  const parts = text.split(";");
  if (parts.length > limits.params || BAD_ESCAPE.test(text)) return undefined;
  const params = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? "" : part.slice(equals + 1);
    if (!PARAM.test(name) || (value !== "" && !PARAM.test(value))) return undefined;
    const key = (normalise(name) ?? "").toLowerCase();
    if (params.has(key)) return undefined;
    params.set(key, normalise(value) ?? "");
  }
  return params;
}

function normalise(text: string): string;
function normalise(text: string | undefined): string | undefined;
/** Resolves only the escapes of characters that never need one, so that `%6C%72` is `lr` and `%25` stays (RFC 3986 §6.2.2.2). */
function normalise(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes("%")) return text;
  return text.replace(/%[0-9A-Fa-f]{2}/g, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : escaped.toUpperCase();
  });
}

function sameParams(a: Params, b: Params): boolean {
  if (DECISIVE.some((name) => a.has(name) !== b.has(name))) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

/** URI headers compare whatever their order. */
function sortedHeaders(headers: string | undefined): string {
  return (normalise(headers) ?? "").split("&").sort().join("&");
}

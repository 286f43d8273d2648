/**
 * The digest scheme as text and arithmetic (RFC 7616, RFC 8760; RFC 2617 for MD5): reading and writing its header values,
 * computing a response. Only `qop=auth` is done: without it there is no nonce count, and any capture can be replayed.
 * The hash function comes in.
 */
import { isToken, quote, splitOutsideQuotes, trimLws, unquote } from "../message/grammar.ts";

/** The algorithms we do, by their registered names. */
export const ALGORITHMS = ["SHA-256", "MD5"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The hash of UTF-8 text as lower-case hexadecimal. */
export type Hash = (algorithm: Algorithm, text: string) => string;

/** The fields of a challenge or of credentials: names in lower case, values unquoted. */
export type DigestFields = ReadonlyMap<string, string>;

/** What a response is computed from (RFC 7616 §3.4.1). */
export interface DigestInput {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  /** The digest-uri as sent. */
  readonly uri: string;
  readonly nonce: string;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  readonly cnonce: string;
}

/** Fields whose values are always quoted; the others never are (RFC 7616 §3.3, §3.4; phones insist). */
const QUOTED = new Set(["realm", "nonce", "opaque", "username", "uri", "response", "cnonce"]);

/** Reads `Digest name=value, ...`; undefined for another scheme or broken grammar. */
export function parseDigest(value: string): DigestFields | undefined {
  const space = value.search(/[ \t]/);
  if (space < 0 || value.slice(0, space).toLowerCase() !== "digest") return undefined;
  const parts = splitOutsideQuotes(value.slice(space), ",");
  if (parts === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    if (equals < 0) return undefined;
    const name = trimLws(part.slice(0, equals)).toLowerCase();
    const raw = trimLws(part.slice(equals + 1));
    const text = raw.startsWith('"') ? unquote(raw) : raw;
    if (!isToken(name) || text === undefined || fields.has(name)) return undefined;
    fields.set(name, text);
  }
  return fields;
}

/** Writes `Digest name=value, ...` in the order given. A challenge's qop is a quoted list, that of credentials a token. */
export function formatDigest(fields: Iterable<readonly [string, string]>, quoteQop: boolean): string {
  const parts: string[] = [];
  for (const [name, value] of fields) {
    const quoted = QUOTED.has(name) || (name === "qop" && quoteQop);
    parts.push(`${name}=${quoted ? quote(value) : value}`);
  }
  return `Digest ${parts.join(", ")}`;
}

/** The algorithm a challenge or credentials name, MD5 where they name none; undefined for one that we do not do. */
export function algorithmOf(fields: DigestFields): Algorithm | undefined {
  const name = (fields.get("algorithm") ?? "MD5").toUpperCase();
  return ALGORITHMS.find((algorithm) => algorithm === name);
}

/** The `response` value for qop=auth (RFC 7616 §3.4.1). */
export function digestResponse(hash: Hash, algorithm: Algorithm, input: DigestInput): string {
  const secret = hash(algorithm, `${input.username}:${input.realm}:${input.password}`);
  const request = hash(algorithm, `${input.method}:${input.uri}`);
  return hash(algorithm, `${secret}:${input.nonce}:${input.nc}:${input.cnonce}:auth:${request}`);
}

/** Compares two texts in a time that does not tell where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length));
  return difference === 0;
}

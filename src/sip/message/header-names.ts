/**
 * Header field names (RFC 3261 §7.3.3, §20): case is free and some have a one-letter form, so every name is brought to
 * one canonical spelling before anything compares it.
 */

/** Names whose canonical form is not each word capitalised. */
const IRREGULAR = [
  "Call-ID",
  "CSeq",
  "MIME-Version",
  "RAck",
  "RSeq",
  "SIP-ETag",
  "SIP-If-Match",
  "WWW-Authenticate",
];

/** The registered one-letter forms (IANA, "SIP Header Fields"). */
const COMPACT: Readonly<Record<string, string>> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

/** The spellings met most, so that the usual message costs one look-up per field. */
const USUAL = [
  "Via",
  "From",
  "To",
  "Contact",
  "Route",
  "Record-Route",
  "Max-Forwards",
  "Content-Type",
  "Content-Length",
  "Allow",
  "Supported",
  "Require",
  "User-Agent",
  "Server",
  "Expires",
  "Authorization",
  "Proxy-Authorization",
];

const KNOWN: ReadonlyMap<string, string> = new Map([
  ...Object.entries(COMPACT),
  ...[...IRREGULAR, ...USUAL].flatMap((name): [string, string][] => [
    [name, name],
    [name.toLowerCase(), name],
  ]),
]);

/** The canonical long spelling of a header field name: "v" and "VIA" are "Via", "x-foo" is "X-Foo". */
export function canonicalName(name: string): string {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return KNOWN.get(lower) ?? lower.replace(/(^|-)[a-z]/g, (initial) => initial.toUpperCase());
}

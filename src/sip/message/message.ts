/**
 * The shape of a SIP message once parsed (RFC 3261 §7). The header fields that the protocol itself acts on are
 * structured; every other one stays as text, in order, in `others`. Values are immutable: change by building anew.
 */

/** Parameters behind `;`: names in lower case, in order; a flag without a value maps to "". Values are unquoted. */
export type Params = ReadonlyMap<string, string>;

/** A SIP, SIPS or other URI (RFC 3261 §19.1). */
export interface Uri {
  /** "sip", "sips", "tel", or any other scheme, in lower case. */
  readonly scheme: string;
  /** User part as written, escapes included; absent where the URI has none. */
  readonly user?: string;
  readonly password?: string;
  /** Host in lower case; an IPv6 reference keeps its brackets. "" where the scheme has no host. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** The header part behind "?", as written. */
  readonly headers?: string;
  /** What follows "scheme:" where the scheme is neither sip nor sips. */
  readonly opaque?: string;
}

/** `"Name" <uri>;params` of From, To, Contact, Route, Record-Route. */
export interface NameAddr {
  /** Unquoted and unescaped. */
  readonly displayName?: string;
  readonly uri: Uri;
  readonly params: Params;
}

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** "UDP", "TCP", "TLS", "WS", "WSS" or another token, in upper case. */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  /** `branch`, `received`, `rport` (an empty string where the client asks for it) and others. */
  readonly params: Params;
}

/** Any other header field: canonical long name ("Content-Type"), unfolded and trimmed value. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** The header fields of a message. */
export interface Headers {
  /** Topmost first; at least one in a parsed message. */
  readonly via: readonly Via[];
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: { readonly number: number; readonly method: string };
  readonly maxForwards?: number;
  /** "*" only in REGISTER. */
  readonly contact: readonly NameAddr[] | "*";
  readonly route: readonly NameAddr[];
  readonly recordRoute: readonly NameAddr[];
  /** Every other field in the order it came, comma lists as written. */
  readonly others: readonly HeaderField[];
}

export interface SipRequest {
  readonly type: "request";
  /** Case-sensitive, as written. */
  readonly method: string;
  readonly uri: Uri;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly type: "response";
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** The methods this server acts on. */
export const METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO"] as const;

export const NO_PARAMS: Params = new Map();
export const NO_BODY = new Uint8Array(0);

/** The first value of a field outside the structured ones (`name` in canonical form), or undefined. */
export function header(message: SipMessage, name: string): string | undefined {
  for (const field of message.headers.others) if (field.name === name) return field.value;
  return undefined;
}

/** All values of a field outside the structured ones, in order. */
export function headerValues(message: SipMessage, name: string): string[] {
  const values: string[] = [];
  for (const field of message.headers.others) if (field.name === name) values.push(field.value);
  return values;
}

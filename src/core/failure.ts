/**
 * The one catalogue of expected failures. A row says what the user is told and which verdict SIP and HTTP give it.
 * Bugs are not in here: they are exceptions. Add a row rather than a new error class.
 */

/** `text` tells the user what happened and what to do; `sip` and `http` are the status codes it is answered with. */
interface Row {
  readonly text: string;
  readonly sip: number;
  readonly http: number;
}

export const CATALOGUE = {
  "config.unreadable": {
    text: "The configuration file cannot be read: check the path and its permissions",
    sip: 500,
    http: 500,
  },
  "config.syntax": { text: "The configuration file is not valid YAML", sip: 500, http: 500 },
  "config.unknown-key": {
    text: "Unknown configuration key: remove it or correct its spelling",
    sip: 500,
    http: 500,
  },
  "config.wrong-value": { text: "Wrong configuration value", sip: 500, http: 500 },
  "config.unavailable": { text: "This setting is not available in this version", sip: 500, http: 500 },
  "config.certificate": {
    text: "The TLS certificate or key cannot be read: check sip.tls",
    sip: 500,
    http: 500,
  },
  "listen.port-in-use": {
    text: "The address is in use: stop the other process or choose another port",
    sip: 500,
    http: 500,
  },
  "listen.failed": {
    text: "The address cannot be listened on: check that it belongs to this machine",
    sip: 500,
    http: 500,
  },
  "store.unusable": {
    text: "The database cannot be opened or written: check store.path, its permissions and free space",
    sip: 500,
    http: 500,
  },

  "sip.malformed": { text: "Malformed SIP message", sip: 400, http: 400 },
  "sip.too-large": { text: "SIP message exceeds a size limit", sip: 513, http: 413 },
  "sip.unsupported-version": { text: "SIP version not supported", sip: 505, http: 400 },
  "sip.unsupported-uri-scheme": { text: "Unsupported URI Scheme", sip: 416, http: 400 },
  "sip.method-not-allowed": { text: "Method Not Allowed", sip: 405, http: 405 },
  "sip.bad-extension": { text: "Bad Extension: remove the option named in Unsupported", sip: 420, http: 400 },
  "sip.unsupported-media-type": { text: "Unsupported Media Type: send application/sdp", sip: 415, http: 415 },
  "sip.no-transaction": { text: "Call/Transaction Does Not Exist", sip: 481, http: 404 },
  "sip.too-many-hops": { text: "Too Many Hops", sip: 483, http: 508 },
  "sip.loop": { text: "Loop Detected", sip: 482, http: 508 },
  "sip.timeout": { text: "No answer from the peer in time", sip: 408, http: 504 },
  "sip.transport": { text: "The peer cannot be reached", sip: 503, http: 502 },
  "sip.interval-too-brief": {
    text: "Registration interval too brief: use at least Min-Expires",
    sip: 423,
    http: 400,
  },
  "registrar.no-such-domain": { text: "Not a domain of this server", sip: 404, http: 404 },
  "registrar.too-many-contacts": {
    text: "Too many contacts are registered for this address: unregister one first",
    sip: 403,
    http: 409,
  },
  "sip.out-of-order": { text: "CSeq out of order", sip: 500, http: 409 },
  "sip.request-pending": { text: "Request Pending", sip: 491, http: 409 },
  "sip.overloaded": { text: "Too many calls or transactions: try again later", sip: 503, http: 503 },

  "sdp.malformed": { text: "Malformed session description", sip: 400, http: 400 },
  "sdp.no-common-codec": {
    text: "No common codec: offer one of the configured media.codecs",
    sip: 488,
    http: 409,
  },
  "sdp.unsupported": {
    text: "The session description asks for what this server does not do",
    sip: 488,
    http: 409,
  },

  "media.no-ports": { text: "No free media port: widen media.ports", sip: 503, http: 503 },
  "media.engine-lost": { text: "The media engine is not running", sip: 503, http: 503 },

  "auth.required": { text: "Authentication required", sip: 401, http: 401 },
  "auth.forbidden": { text: "Not allowed", sip: 403, http: 403 },

  "call.server-stopping": { text: "The server is stopping: try again later", sip: 503, http: 503 },
  "call.no-such-extension": { text: "No such extension", sip: 404, http: 404 },
  "call.not-registered": { text: "The extension is not registered", sip: 480, http: 409 },
  "call.no-answer": { text: "No answer", sip: 480, http: 504 },
  "call.busy": { text: "Busy", sip: 486, http: 409 },

  "supervision.not-a-supervisor": {
    text: "Not allowed: only supervisors may supervise",
    sip: 403,
    http: 403,
  },
  "supervision.not-your-team": {
    text: "Not allowed: the extension is in no team you supervise",
    sip: 403,
    http: 403,
  },
  "supervision.oneself": { text: "Not allowed: you cannot supervise yourself", sip: 403, http: 403 },
  "supervision.no-extension": { text: "Dial the code followed by an extension", sip: 404, http: 400 },
  "supervision.no-such-extension": { text: "No such extension", sip: 404, http: 404 },
  "supervision.no-live-call": { text: "No live call on this extension", sip: 480, http: 409 },
  "supervision.not-recordable": {
    text: "No supervision: the ledger cannot be written",
    sip: 503,
    http: 503,
  },
  "ledger.broken": {
    text: "The ledger is not as it was written: keep the database file as evidence",
    sip: 500,
    http: 500,
  },
} as const satisfies Record<string, Row>;

export type FailureCode = keyof typeof CATALOGUE;

/** An expected failure: a row of the catalogue and what was special this time. */
export interface Failure {
  readonly code: FailureCode;
  /** What happened here: a path, a key, a header. Empty where the text says it all. */
  readonly detail: string;
}

/** Names an expected failure; `detail` is shown after the catalogue's text. */
export function failure(code: FailureCode, detail = ""): Failure {
  return { code, detail };
}

/** The sentence a user reads. */
export function messageOf(f: Failure): string {
  const text = CATALOGUE[f.code].text;
  return f.detail === "" ? text : `${text}: ${f.detail}`;
}

/** The SIP status that answers this failure. */
export function sipStatusOf(f: Failure): number {
  return CATALOGUE[f.code].sip;
}

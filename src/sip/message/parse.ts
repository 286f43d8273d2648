/**
 * Turns the octets of one message into a `SipMessage`, or says what is wrong with them (RFC 3261 §7, §18.3).
 * It never throws whatever the octets, takes time linear in them, and guesses nothing: two values where one may stand
 * are an error, not a choice.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { type DraftHeaders, emptyDraft, finish, missing, place } from "./draft-headers.ts";
import { decodeText, hasLoneLineEnd, headEnd, leadingLineEnds, splitFields } from "./head.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type Headers, NO_BODY, type SipMessage, type SipRequest } from "./message.ts";
import { parseStartLine, type StartLine } from "./start-line.ts";

/** What an answer to a request is built from, whether or not the rest of it was understood. */
export type Answerable = Pick<SipRequest, "method" | "headers">;

/**
 * Why octets are no message: `sip.malformed`, `sip.too-large`, `sip.unsupported-version`, `sip.unsupported-uri-scheme`.
 * `answerable` is there where they are a request (not an ACK) that can be answered with the failure's status; without it
 * they can only be dropped.
 */
export type ParseFailure = Failure & { readonly answerable?: Answerable };

/**
 * Parses one message: a datagram, or what the framer cut from a stream. Octets beyond Content-Length are ignored, fewer
 * are an error, without Content-Length the body is the rest (RFC 3261 §18.3). The body is a view of `bytes`, not a copy.
 */
export function parseMessage(
  bytes: Uint8Array,
  limits: Limits = DEFAULT_LIMITS,
): Result<SipMessage, ParseFailure> {
  if (bytes.length > limits.message) return err(failure("sip.too-large", `${bytes.length} octets`));
  const start = leadingLineEnds(bytes);
  const end = headEnd(bytes, start);
  // A datagram may end with its last header line (RFC 4475 §3.1.2.15 as archived): no body then.
  const head = decodeText(bytes.subarray(start, end < 0 ? bytes.length : end));
  const lineEnd = head.indexOf("\r\n");
  if (lineEnd < 0 || (end < 0 && !head.endsWith("\r\n")))
    return err(failure("sip.malformed", "no complete head"));
  const startLine = parseStartLine(head.slice(0, lineEnd), limits);
  if ("code" in startLine) return err(startLine);

  const draft = emptyDraft();
  const fieldProblem = fillDraft(draft, head.slice(lineEnd + 2), limits);
  const headers = finish(draft);
  if (headers === undefined)
    return err(fieldProblem ?? failure("sip.malformed", `no ${missing(draft).join(", ")}`));
  const body = bodyOf(draft, end < 0 ? NO_BODY : bytes.subarray(end + 4));
  const problem = fieldProblem ?? body.problem ?? contradiction(startLine, headers, head);
  const outcome = conclude(startLine, headers, body.octets, problem);
  if (outcome.ok || startLine.type === "response" || startLine.method === "ACK") return outcome;
  return err({ ...outcome.error, answerable: { method: startLine.method, headers } });
}

/** Reads every field into the draft; tells the first rule that was broken. */
function fillDraft(draft: DraftHeaders, text: string, limits: Limits): Failure | undefined {
  const { fields, problem } = splitFields(text, limits);
  let first: Failure | undefined;
  for (const field of fields) {
    if (!place(draft, field, limits)) first ??= failure("sip.malformed", field.name);
  }
  if (first !== undefined || problem === undefined) return first;
  if (problem === "no-field") return failure("sip.malformed", "a line that is no header field");
  return failure("sip.too-large", problem === "too-many" ? "number of header fields" : "a header field");
}

/** The body as Content-Length cuts it. */
function bodyOf(draft: DraftHeaders, rest: Uint8Array): { octets: Uint8Array; problem?: Failure } {
  const length = draft.contentLength;
  if (length === undefined || length === rest.length) return { octets: rest };
  if (length < rest.length) return { octets: rest.subarray(0, length) };
  return { octets: NO_BODY, problem: failure("sip.malformed", "Content-Length exceeds the body") };
}

/** What is right in each part and wrong in the whole. */
function contradiction(startLine: StartLine, headers: Headers, head: string): Failure | undefined {
  if (hasLoneLineEnd(head)) return failure("sip.malformed", "CR or LF alone");
  if (startLine.type === "request" && headers.cseq.method !== startLine.method) {
    return failure("sip.malformed", "CSeq names another method");
  }
  if (headers.contact === "*" && headers.cseq.method !== "REGISTER") {
    return failure("sip.malformed", "Contact * outside REGISTER");
  }
  return undefined;
}

function conclude(
  startLine: StartLine,
  headers: Headers,
  body: Uint8Array,
  problem: Failure | undefined,
): Result<SipMessage, Failure> {
  if ("problem" in startLine) return err(startLine.problem);
  return problem === undefined ? ok({ ...startLine, headers, body }) : err(problem);
}

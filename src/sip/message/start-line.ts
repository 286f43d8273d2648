/** The first line of a message (RFC 3261 §7.1, §7.2): a request line or a status line. */
import { type Failure, failure } from "../../core/failure.ts";
import { isToken } from "./grammar.ts";
import type { Limits } from "./limits.ts";
import type { Uri } from "./message.ts";
import { parseUri } from "./uri.ts";

/** A request line that names a method but is wrong elsewhere carries its `problem`, so that it can be answered. */
export type StartLine =
  | { readonly type: "request"; readonly method: string; readonly uri: Uri }
  | { readonly type: "request"; readonly method: string; readonly problem: Failure }
  | { readonly type: "response"; readonly status: number; readonly reason: string };

const STATUS_LINE = /^SIP\/2\.0 +([1-6][0-9]{2})(?: (.*))?$/is;
const VERSION = /^SIP\/[0-9]+\.[0-9]+$/i;

/** Reads it; a failure where it is neither, and nothing can be answered. Spaces too many are forgiven (RFC 4475 §3.1.2.9). */
export function parseStartLine(line: string, limits: Limits): StartLine | Failure {
  if (/^SIP\//i.test(line)) return parseStatusLine(line);
  const [method = "", target, version, ...more] = line.split(" ").filter((word) => word !== "");
  if (!isToken(method) || version === undefined) return failure("sip.malformed", "request line");
  const last = more.at(-1) ?? version;
  if (!VERSION.test(last)) return failure("sip.malformed", "request line without a SIP version");
  if (last.toUpperCase() !== "SIP/2.0") {
    return { type: "request", method, problem: failure("sip.unsupported-version", last) };
  }
  if (target === undefined || more.length > 0) {
    return { type: "request", method, problem: failure("sip.malformed", "space inside the Request-URI") };
  }
  return parseTarget(method, target, limits);
}

function parseTarget(method: string, target: string, limits: Limits): StartLine {
  if (target.length > limits.requestUri) {
    return { type: "request", method, problem: failure("sip.too-large", "Request-URI") };
  }
  const uri = parseUri(target, limits);
  if (uri === undefined) return { type: "request", method, problem: failure("sip.malformed", "Request-URI") };
  // A telephone number may yet be routed; any other scheme names nothing that a SIP server could reach (RFC 3261 §8.2.2.1).
  if (uri.opaque !== undefined && uri.scheme !== "tel") {
    return { type: "request", method, problem: failure("sip.unsupported-uri-scheme", uri.scheme) };
  }
  return { type: "request", method, uri };
}

function parseStatusLine(line: string): StartLine | Failure {
  const match = STATUS_LINE.exec(line);
  if (match === null) return failure("sip.malformed", "status line");
  return { type: "response", status: Number(match[1]), reason: match[2] ?? "" };
}

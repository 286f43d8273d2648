/**
 * The client's side of digest authentication (RFC 3261 §22.2, RFC 8760 §2.4): the credentials that answer a 401 or 407.
 * Pure: the client nonce comes in. The caller sends the request again with a CSeq of one more.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { type HeaderField, headerValues, type SipRequest, type SipResponse } from "../message/message.ts";
import { formatUri } from "../message/uri.ts";
import {
  algorithmOf,
  type DigestFields,
  digestResponse,
  formatDigest,
  type Hash,
  parseDigest,
} from "./digest.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What an answer is computed with. */
export interface AnswerMeans {
  readonly hash: Hash;
  /** Fresh and random. */
  readonly cnonce: string;
  /** How often this nonce was used, this time included; 1 unless said otherwise. */
  readonly count?: number;
}

/**
 * The Authorization (401) or Proxy-Authorization (407) field for `request`. Takes the first challenge that we can answer,
 * for the server lists them as it prefers. Error: `auth.required` where there is none.
 */
export function answerChallenge(
  request: Pick<SipRequest, "method" | "uri">,
  response: SipResponse,
  credentials: Credentials,
  means: AnswerMeans,
): Result<HeaderField, Failure> {
  const proxy = response.status === 407;
  const values = headerValues(response, proxy ? "Proxy-Authenticate" : "WWW-Authenticate");
  for (const value of values) {
    const answer = answerTo(parseDigest(value), request, credentials, means);
    if (answer !== undefined) {
      return ok({ name: proxy ? "Proxy-Authorization" : "Authorization", value: answer });
    }
  }
  return err(failure("auth.required", "no challenge that can be answered"));
}

function answerTo(
  challenge: DigestFields | undefined,
  request: Pick<SipRequest, "method" | "uri">,
  { username, password }: Credentials,
  { hash, cnonce, count = 1 }: AnswerMeans,
): string | undefined {
  const realm = challenge?.get("realm");
  const nonce = challenge?.get("nonce");
  if (challenge === undefined || realm === undefined || nonce === undefined) return undefined;
  const algorithm = algorithmOf(challenge);
  const qops = (challenge.get("qop") ?? "").split(",").map((qop) => qop.trim());
  if (algorithm === undefined || !qops.includes("auth")) return undefined;
  const uri = formatUri(request.uri);
  const nc = count.toString(16).padStart(8, "0");
  const response = digestResponse(hash, algorithm, {
    username,
    realm,
    password,
    method: request.method,
    uri,
    nonce,
    nc,
    cnonce,
  });
  const opaque = challenge.get("opaque");
  return formatDigest(
    [
      ["username", username],
      ["realm", realm],
      ["nonce", nonce],
      ["uri", uri],
      ["response", response],
      ["algorithm", algorithm],
      ["cnonce", cnonce],
      ...(opaque === undefined ? [] : [["opaque", opaque] as const]),
      ["qop", "auth"],
      ["nc", nc],
    ],
    false,
  );
}

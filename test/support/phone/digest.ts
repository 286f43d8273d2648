import { createHash, randomBytes } from "node:crypto";

/**
 * The phone's side of digest authentication (RFC 7616, RFC 8760), written apart from the server's so that one cannot hide
 * a mistake of the other.
 */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The value of Authorization that answers a challenge of WWW-Authenticate; undefined for one that we cannot answer. */
export function answerDigest(
  challenge: string,
  { username, password }: Credentials,
  method: string,
  uri: string,
): string | undefined {
  if (!/^digest\s/i.test(challenge)) return undefined;
  const asked = new Map<string, string>();
  for (const [, name = "", quoted, token] of challenge.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)) {
    asked.set(name.toLowerCase(), quoted ?? token ?? "");
  }
  const realm = asked.get("realm") ?? "";
  const nonce = asked.get("nonce") ?? "";
  const algorithm = asked.get("algorithm") ?? "MD5";
  const hashName = { MD5: "md5", "SHA-256": "sha256" }[algorithm.toUpperCase()];
  if (hashName === undefined) return undefined;
  const hash = (text: string) => createHash(hashName).update(text).digest("hex");

  const ha1 = hash(`${username}:${realm}:${password}`);
  const ha2 = hash(`${method}:${uri}`);
  const fields = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `algorithm=${algorithm}`,
  ];
  if (asked.has("opaque")) fields.push(`opaque="${asked.get("opaque")}"`);
  if (
    asked
      .get("qop")
      ?.split(/\s*,\s*/)
      .includes("auth")
  ) {
    const cnonce = randomBytes(8).toString("hex");
    fields.push("qop=auth", "nc=00000001", `cnonce="${cnonce}"`);
    fields.push(`response="${hash(`${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}`)}"`);
  } else {
    fields.push(`response="${hash(`${ha1}:${nonce}:${ha2}`)}"`);
  }
  return `Digest ${fields.join(", ")}`;
}

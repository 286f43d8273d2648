import { describe, expect, test } from "vitest";
import type { Result } from "../../core/result.ts";
import { responseTo, withHeader } from "../message/build.ts";
import type { SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { answerChallenge, type Credentials } from "./answer-challenge.ts";
import { type Algorithm, type Hash, parseDigest } from "./digest.ts";
import { type AuthenticatorOptions, type AuthVerdict, DigestAuthenticator } from "./digest-authenticator.ts";
import { nodeHash } from "./node-hash.ts";

const ALICE: Credentials = { username: "1001", password: "s3cret" };
const LIFETIME_MS = 60_000;

function authenticator(options: Partial<AuthenticatorOptions> = {}): DigestAuthenticator {
  return new DigestAuthenticator({
    realm: "floor.example",
    secret: "long and random",
    hash: nodeHash,
    passwordOf: (user) => (user === ALICE.username ? ALICE.password : undefined),
    nonceLifetimeMs: LIFETIME_MS,
    ...options,
  });
}

const REGISTER = must(
  parseMessage(
    new TextEncoder().encode(
      [
        "REGISTER sip:floor.example SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        "From: <sip:1001@floor.example>;tag=a",
        "To: <sip:1001@floor.example>",
        "Call-ID: 1",
        "CSeq: 1 REGISTER",
        "\r\n",
      ].join("\r\n"),
    ),
  ),
) as SipRequest;

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The request again, with credentials for the challenges of a refusal. */
function answered(verdict: AuthVerdict, credentials: Credentials, count = 1, request = REGISTER): SipRequest {
  if (verdict.ok) throw new Error("nothing to answer");
  const response = responseTo(request, 401, { headers: verdict.challenges });
  const field = must(
    answerChallenge(request, response, credentials, { hash: nodeHash, cnonce: "c0ffee", count }),
  );
  return withHeader(request, field.name, field.value);
}

/** The request with one field of its credentials replaced. */
function tampered(request: SipRequest, name: string, value: string): SipRequest {
  const text = request.headers.others.find((field) => field.name === "Authorization")?.value ?? "";
  return withHeader(
    request,
    "Authorization",
    text.replace(new RegExp(`(${name}=)("[^"]*"|[^,]*)`), `$1${value}`),
  );
}

describe("a challenge", () => {
  test("offers SHA-256 before MD5, with one nonce and qop=auth", () => {
    const challenges = authenticator().challenge(0);
    expect(challenges.map(({ name }) => name)).toEqual(["WWW-Authenticate", "WWW-Authenticate"]);
    const [first, second] = challenges.map(({ value }) => parseDigest(value));
    expect(first?.get("algorithm")).toBe("SHA-256");
    expect(second?.get("algorithm")).toBe("MD5");
    expect(first?.get("nonce")).toBe(second?.get("nonce"));
    expect(challenges[0]?.value).toMatch(
      /^Digest realm="floor.example", nonce="[^"]+", algorithm=SHA-256, qop="auth"$/,
    );
  });

  test("has a nonce that nobody was given before, even at the same moment", () => {
    const auth = authenticator();
    const nonces = Array.from({ length: 100 }, () =>
      parseDigest(auth.challenge(5)[0]?.value ?? "")?.get("nonce"),
    );
    expect(new Set(nonces).size).toBe(100);
  });

  test.each<[readonly Algorithm[]]>([[["MD5"]], [["MD5", "SHA-256"]], [["SHA-256"]]])(
    "offers what is configured, in that order: %j",
    (algorithms) => {
      const auth = authenticator({ algorithms });
      const offered = auth.challenge(0).map(({ value }) => parseDigest(value)?.get("algorithm"));
      expect(offered).toEqual(algorithms);
      expect(auth.check(answered(auth.check(REGISTER, 0), ALICE), 1)).toEqual({ ok: true, user: "1001" });
    },
  );
});

describe("a request", () => {
  test("without credentials is challenged, and let in with the right ones", () => {
    const auth = authenticator();
    const refusal = auth.check(REGISTER, 0);
    expect(refusal).toMatchObject({ ok: false, stale: false });
    expect(refusal).not.toHaveProperty("claimed");
    expect(auth.check(answered(refusal, ALICE), 1)).toEqual({ ok: true, user: "1001" });
  });

  test("may use a nonce again with a higher count, never with the same or a lower one", () => {
    const auth = authenticator();
    const challenge = auth.check(REGISTER, 0);
    expect(auth.check(answered(challenge, ALICE, 2), 1).ok).toBe(true);
    expect(auth.check(answered(challenge, ALICE, 2), 2)).toMatchObject({ ok: false, stale: true });
    expect(auth.check(answered(challenge, ALICE, 1), 3)).toMatchObject({ ok: false, stale: true });
    expect(auth.check(answered(challenge, ALICE, 3), 4).ok).toBe(true);
  });

  test("with a nonce past its life is challenged as stale, and let in with the new one", () => {
    const auth = authenticator();
    const challenge = auth.check(REGISTER, 0);
    expect(auth.check(answered(challenge, ALICE), LIFETIME_MS - 1).ok).toBe(true);
    const late = auth.check(answered(challenge, ALICE, 2), LIFETIME_MS);
    expect(late).toMatchObject({ ok: false, stale: true, claimed: "1001" });
    expect(late.ok || late.challenges[0]?.value).toContain("stale=true");
    expect(auth.check(answered(late, ALICE), LIFETIME_MS + 1).ok).toBe(true);
  });

  test("of an unknown user and one with a bad password get the same answer", () => {
    const verdicts = [
      { ...ALICE, username: "nobody" },
      { ...ALICE, password: "guess" },
    ].map((credentials) => {
      const auth = authenticator();
      return auth.check(answered(auth.check(REGISTER, 0), credentials), 1);
    });
    const challenges = verdicts.map((verdict) => !verdict.ok && verdict.challenges);
    expect(challenges[0]).toEqual(challenges[1]);
    expect(verdicts).toMatchObject([{ stale: false }, { stale: false }]);
  });

  test("of an unknown user costs the same hashes as one with a bad password", () => {
    const work = [
      { ...ALICE, username: "nobody" },
      { ...ALICE, password: "guess" },
    ].map((credentials) => {
      let hashes = 0;
      const hash: Hash = (algorithm, text) => {
        hashes++;
        return nodeHash(algorithm, text);
      };
      const auth = authenticator({ hash });
      const request = answered(auth.check(REGISTER, 0), credentials);
      hashes = 0;
      auth.check(request, 1);
      return hashes;
    });
    expect(work[0]).toBe(work[1]);
  });

  test("does not become an unknown user's by hashing the server's secret as password", () => {
    const auth = authenticator();
    const request = answered(auth.check(REGISTER, 0), { username: "nobody", password: "long and random" });
    expect(auth.check(request, 1).ok).toBe(false);
  });

  test.each([
    ["username", '"1002"'],
    ["uri", '"sip:elsewhere.example"'],
    ["cnonce", '"other"'],
    ["nc", "00000002"],
    ["nc", "1"],
    ["qop", "auth-int"],
    ["algorithm", "MD5"],
    ["algorithm", "MD5-sess"],
    ["response", '""'],
    ["realm", '"elsewhere"'],
    ["nonce", '"made.up.nonce"'],
  ])("is refused when its %s was changed to %s", (name, value) => {
    const auth = authenticator();
    expect(auth.check(tampered(answered(auth.check(REGISTER, 0), ALICE), name, value), 1)).toMatchObject({
      ok: false,
      stale: false,
    });
  });

  test("with another method is refused credentials made for this one", () => {
    const auth = authenticator();
    const request = answered(auth.check(REGISTER, 0), ALICE);
    expect(auth.check({ ...request, method: "INVITE" }, 1).ok).toBe(false);
  });

  test("is refused an algorithm that was not offered", () => {
    const lax = authenticator({ algorithms: ["MD5"] });
    const strict = authenticator({ algorithms: ["SHA-256"] });
    expect(strict.check(answered(lax.check(REGISTER, 0), ALICE), 1).ok).toBe(false);
  });

  test("with a nonce of another server is refused as stale, for its password is right", () => {
    const other = authenticator({ secret: "another" });
    const auth = authenticator();
    expect(auth.check(answered(other.check(REGISTER, 0), ALICE), 1)).toMatchObject({
      ok: false,
      stale: true,
    });
  });

  test("of an unknown scheme is challenged like one without credentials", () => {
    const request = withHeader(REGISTER, "Authorization", "NoOneKnowsThisScheme opaque-data=here");
    expect(authenticator().check(request, 0)).toMatchObject({ ok: false, stale: false });
  });

  test("leaves a nonce remembered only until it expires", () => {
    const auth = authenticator();
    for (let i = 0; i < 10; i++) auth.check(answered(auth.check(REGISTER, i), ALICE), i);
    auth.check(answered(auth.check(REGISTER, 10), { ...ALICE, password: "guess" }), 10);
    expect(auth.remembered).toBe(10);
    auth.check(answered(auth.check(REGISTER, LIFETIME_MS * 2), ALICE), LIFETIME_MS * 2);
    expect(auth.remembered).toBe(1);
  });
});

describe("the answer to a challenge", () => {
  const challenge = (status: number, name: string, values: string[]) =>
    responseTo(REGISTER, status, { headers: values.map((value) => ({ name, value })) });
  const means = { hash: nodeHash, cnonce: "c" };

  test("to a 407 goes into Proxy-Authorization, and keeps the opaque value", () => {
    const response = challenge(407, "Proxy-Authenticate", [
      'Digest realm="p", nonce="n", qop="auth,auth-int", opaque="o"',
    ]);
    const field = must(answerChallenge(REGISTER, response, ALICE, means));
    expect(field.name).toBe("Proxy-Authorization");
    expect(Object.fromEntries(parseDigest(field.value) ?? [])).toMatchObject({
      username: "1001",
      realm: "p",
      opaque: "o",
      uri: "sip:floor.example",
      algorithm: "MD5",
      qop: "auth",
      nc: "00000001",
    });
  });

  test("takes the first challenge that it can answer", () => {
    const response = challenge(401, "WWW-Authenticate", [
      'Basic realm="x"',
      'Digest realm="a", nonce="n", qop="auth", algorithm=SHA-512-256',
      'Digest realm="b", nonce="n", qop="auth", algorithm=SHA-256',
      'Digest realm="c", nonce="n", qop="auth"',
    ]);
    const field = must(answerChallenge(REGISTER, response, ALICE, means));
    expect(parseDigest(field.value)?.get("realm")).toBe("b");
  });

  test.each([[[]], [['Digest realm="a", nonce="n"']], [['Digest nonce="n", qop="auth"']]])(
    "is a failure where there is none it can answer: %j",
    (values) => {
      const response = challenge(401, "WWW-Authenticate", values);
      expect(answerChallenge(REGISTER, response, ALICE, means)).toMatchObject({
        error: { code: "auth.required" },
      });
    },
  );
});

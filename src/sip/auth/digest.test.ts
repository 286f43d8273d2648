import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { algorithmOf, digestResponse, equalInConstantTime, formatDigest, parseDigest } from "./digest.ts";
import { nodeHash } from "./node-hash.ts";

/** RFC 7616 §3.9.1, one request under both algorithms; RFC 2617 §3.5. */
const MUFASA_7616 = {
  username: "Mufasa",
  realm: "http-auth@example.org",
  password: "Circle of Life",
  method: "GET",
  uri: "/dir/index.html",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  nc: "00000001",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};
const MUFASA_2617 = {
  ...MUFASA_7616,
  realm: "testrealm@host.com",
  password: "Circle Of Life",
  nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
  cnonce: "0a4f113b",
};

describe("a digest response", () => {
  test.each([
    ["RFC 7616, MD5", "MD5", MUFASA_7616, "8ca523f5e9506fed4657c9700eebdbec"],
    [
      "RFC 7616, SHA-256",
      "SHA-256",
      MUFASA_7616,
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ],
    ["RFC 2617, MD5", "MD5", MUFASA_2617, "6629fae49393a05397450978507c4ef1"],
  ] as const)("is the one of %s", (_, algorithm, input, response) => {
    expect(digestResponse(nodeHash, algorithm, input)).toBe(response);
  });
});

describe("a digest header value", () => {
  test("is read whatever its case, spacing and quoting", () => {
    const fields = parseDigest('dIGEST  Realm="a \\"b\\", c" ,nonce = "n",qop=auth,  NC=00000001');
    expect(Object.fromEntries(fields ?? [])).toEqual({
      realm: 'a "b", c',
      nonce: "n",
      qop: "auth",
      nc: "00000001",
    });
  });

  test.each([
    "",
    "Digest",
    "Basic dXNlcjpwYXNz",
    "NoOneKnowsThisScheme opaque-data=here",
    "Digest realm",
    'Digest realm="a',
    'Digest realm="a",realm="b"',
    'Digest realm="a",,nonce="b"',
  ])("is no digest: %j", (value) => {
    expect(parseDigest(value)).toBeUndefined();
  });

  test("is unchanged by writing and reading it", () => {
    const field = fc.tuple(fc.constantFrom("realm", "nonce", "cnonce", "opaque", "uri"), fc.string());
    const fields = fc.uniqueArray(field, { selector: ([name]) => name, minLength: 1 });
    fc.assert(
      fc.property(fields, (pairs) => {
        expect([...(parseDigest(formatDigest(pairs, true)) ?? [])]).toEqual(pairs);
      }),
    );
  });

  test("never makes anything throw", () => {
    fc.assert(
      fc.property(fc.string(), (text) => parseDigest(`Digest ${text}`) !== null),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [[], "MD5"],
    [[["algorithm", "md5"]], "MD5"],
    [[["algorithm", "sha-256"]], "SHA-256"],
    [[["algorithm", "SHA-512-256"]], undefined],
    [[["algorithm", "MD5-sess"]], undefined],
  ] as const)("with %j names the algorithm %s", (fields, algorithm) => {
    expect(algorithmOf(new Map(fields))).toBe(algorithm);
  });
});

test.each([
  ["", "", true],
  ["abc", "abc", true],
  ["abc", "abd", false],
  ["abc", "ab", false],
  ["ab", "abc", false],
  ["", "a", false],
  ["a", "", false],
  ["abab", "ab", false],
])("%j and %j compare equal: %s", (a, b, equal) => {
  expect(equalInConstantTime(a, b)).toBe(equal);
});

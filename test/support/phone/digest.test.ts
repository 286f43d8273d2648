import { expect, test } from "vitest";
import { answerDigest } from "./digest.ts";

const MUFASA = { username: "Mufasa", password: "Circle Of Life" };

test("the example of RFC 2617 §3.5, without qop, gets the response that RFC 2069 (corrected) has for it", () => {
  const challenge =
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c"';
  expect(answerDigest(challenge, MUFASA, "GET", "/dir/index.html")).toBe(
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", algorithm=MD5, opaque="5ccc069c", response="670fd8c2df070c60b045671b8b24ff02"',
  );
});

test("an algorithm we do not have, and another scheme, are not answered", () => {
  expect(
    answerDigest('Digest realm="r", nonce="n", algorithm=SHA-512-256', MUFASA, "REGISTER", "sip:a"),
  ).toBe(undefined);
  expect(answerDigest("Basic realm=r", MUFASA, "REGISTER", "sip:a")).toBe(undefined);
});

import { expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { refusalOf } from "./acceptance.ts";

const SDP = "Content-Type: application/sdp";

test.each([
  ["a plain INVITE", sipRequest("INVITE", { lines: [SDP], body: "v=0" })],
  ["an INVITE without a body", sipRequest("INVITE")],
  [
    "a Content-Type with parameters and capitals",
    sipRequest("INVITE", { lines: ["Content-Type: Application/SDP;charset=utf-8"], body: "v=0" }),
  ],
  [
    "a body that may be ignored",
    sipRequest("INVITE", {
      lines: ["Content-Type: text/plain", "Content-Disposition: render; handling=optional"],
      body: "x",
    }),
  ],
  [
    "a body in the identity encoding",
    sipRequest("INVITE", { lines: [SDP, "Content-Encoding: identity"], body: "v=0" }),
  ],
  [
    "an INFO of any type",
    sipRequest("INFO", { lines: ["Content-Type: application/dtmf-relay"], body: "Signal=5" }),
  ],
  [
    "an OPTIONS at its last hop",
    { ...sipRequest("OPTIONS"), headers: { ...sipRequest("OPTIONS").headers, maxForwards: 0 } },
  ],
  ["a tel URI", sipRequest("INVITE", { uri: "tel:+3110" })],
])("%s is accepted", (_, request) => {
  expect(refusalOf(request)).toBeUndefined();
});

const ALLOW = { name: "Allow", value: "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO" };
const ACCEPT = { name: "Accept", value: "application/sdp" };

test.each([
  ["UPDATE, known and not served", sipRequest("UPDATE"), 405, [ALLOW]],
  ["PRACK, known and not served", sipRequest("PRACK"), 405, [ALLOW]],
  ["a method nobody knows", sipRequest("JUMP"), 501, [ALLOW]],
  ["a method in lower case, for methods are case-sensitive", sipRequest("invite"), 501, [ALLOW]],
  [
    "a foreign scheme",
    { ...sipRequest("INVITE"), uri: { ...sipRequest("INVITE").uri, scheme: "mailto" } },
    416,
    [],
  ],
  [
    "an INVITE at its last hop",
    { ...sipRequest("INVITE"), headers: { ...sipRequest("INVITE").headers, maxForwards: 0 } },
    483,
    [],
  ],
  [
    "extensions we lack, from several fields",
    sipRequest("INVITE", { lines: ["Require: 100rel, timer", "Require: x"] }),
    420,
    [{ name: "Unsupported", value: "100rel, timer, x" }],
  ],
  [
    "a body of another type",
    sipRequest("INVITE", { lines: ["Content-Type: text/plain"], body: "x" }),
    415,
    [ACCEPT],
  ],
  ["a body without a type", sipRequest("INVITE", { body: "x" }), 415, [ACCEPT]],
  [
    "an encoded body",
    sipRequest("INVITE", { lines: [SDP, "Content-Encoding: gzip"], body: "x" }),
    415,
    [ACCEPT, { name: "Accept-Encoding", value: "identity" }],
  ],
])("%s is refused", (_, request, status, headers) => {
  expect(refusalOf(request)).toMatchObject({ status, headers });
});

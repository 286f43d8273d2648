import { describe, expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { headerValues } from "../message/message.ts";
import { formatNameAddr, parseNameAddr } from "../message/name-addr.ts";
import { answerTo, requestParts } from "./compose.ts";

const speaker = { product: "Floorwalker", contact: parseNameAddr("<sip:us@192.0.2.1>") ?? expect.fail() };
const OURS = ["<sip:us@192.0.2.1>"];

describe("an answer", () => {
  test.each<[string, number, string[]]>([
    ["INVITE", 180, OURS],
    ["INVITE", 200, OURS],
    ["INVITE", 486, []],
    ["INFO", 200, []],
    ["OPTIONS", 200, []],
  ])("to %s with %i carries the Contact %j", (method, status, contact) => {
    const { headers } = answerTo(sipRequest(method), status, "t", speaker);
    expect(headers.contact === "*" ? "*" : headers.contact.map(formatNameAddr)).toEqual(contact);
    expect(headers.to.params.get("tag")).toBe("t");
  });

  test("carries the Contact values that the user gives, one field or several, as structure", () => {
    const headers = [
      { name: "Contact", value: "<sip:a@h>;expires=5, <sip:b@h>" },
      { name: "Contact", value: "<sip:c@h>" },
    ];
    const answer = answerTo(sipRequest("INVITE"), 302, "t", speaker, { headers });
    expect(answer.headers.contact).toHaveLength(3);
    expect(headerValues(answer, "Contact")).toEqual([]);
  });

  test("replaces what we say of ourselves by what the user says", () => {
    const answer = answerTo(sipRequest("OPTIONS"), 200, "t", speaker, {
      headers: [{ name: "Accept", value: "text/plain" }],
      reason: "Fine",
      body: { type: "text/plain", content: "é" },
    });
    expect(headerValues(answer, "Accept")).toEqual(["text/plain"]);
    expect([answer.reason, answer.body.length]).toEqual(["Fine", 2]);
  });
});

test.each<[string, string[]]>([
  ["INVITE", ["Allow", "Supported", "User-Agent"]],
  ["BYE", ["Allow", "Supported", "User-Agent"]],
  ["ACK", ["User-Agent"]],
])("a %s carries %j", (method, names) => {
  const parts = requestParts(method, speaker);
  expect(parts.headers?.map(({ name }) => name)).toEqual(names);
  expect(parts.contact !== undefined).toBe(method === "INVITE");
});

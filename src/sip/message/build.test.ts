import { describe, expect, test } from "vitest";
import { listOf, responseTo, tagOf, withBody, withHeader, withHeaders, withoutHeader } from "./build.ts";
import { header, type SipMessage, type SipRequest } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { serialize } from "./serialize.ts";

const INVITE = read(
  [
    "INVITE sip:1002@floor.example SIP/2.0",
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2",
    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;received=192.0.2.99",
    "Record-Route: <sip:proxy.example;lr>",
    "Route: <sip:floor.example;lr>",
    "Max-Forwards: 69",
    "From: <sip:1001@floor.example>;tag=a",
    "To: <sip:1002@floor.example>",
    "Call-ID: 1",
    "CSeq: 7 INVITE",
    "Contact: <sip:1001@192.0.2.9>",
    "Timestamp: 54",
    "Supported: 100rel, timer",
    "Supported:",
    'Supported: "a, b" , path',
    "\r\n",
  ].join("\r\n"),
) as SipRequest;

function read(text: string): SipMessage {
  const result = parseMessage(new TextEncoder().encode(text));
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function written(message: SipMessage): string {
  return new TextDecoder().decode(serialize(message));
}

describe("a response to a request", () => {
  test("copies Via, From, To, Call-ID and CSeq, adds the tag, and nothing else", () => {
    expect(written(responseTo(INVITE, 486, { toTag: "b" }))).toBe(
      [
        "SIP/2.0 486 Busy Here",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;received=192.0.2.99",
        "From: <sip:1001@floor.example>;tag=a",
        "To: <sip:1002@floor.example>;tag=b",
        "Call-ID: 1",
        "CSeq: 7 INVITE",
        "Content-Length: 0",
        "\r\n",
      ].join("\r\n"),
    );
  });

  test.each([
    [100, 0],
    [180, 1],
    [200, 1],
    [302, 0],
    [486, 0],
  ])("%i has %i Record-Route fields: only what forms a dialog copies them", (status, count) => {
    expect(responseTo(INVITE, status, { toTag: "b" }).headers.recordRoute).toHaveLength(count);
    expect(responseTo({ ...INVITE, method: "OPTIONS" }, status).headers.recordRoute).toHaveLength(0);
  });

  test("100 has no tag and brings the Timestamp back", () => {
    const trying = responseTo(INVITE, 100, { toTag: "b" });
    expect(tagOf(trying.headers.to)).toBeUndefined();
    expect(header(trying, "Timestamp")).toBe("54");
    expect(header(responseTo(INVITE, 180), "Timestamp")).toBeUndefined();
  });

  test("keeps a tag that To has already", () => {
    const to = { ...INVITE.headers.to, params: new Map([["tag", "theirs"]]) };
    const request = withHeaders(INVITE, { to });
    expect(tagOf(responseTo(request, 200, { toTag: "b" }).headers.to)).toBe("theirs");
  });

  test("carries what is given beyond that", () => {
    const response = responseTo(INVITE, 488, {
      reason: "No",
      contact: INVITE.headers.contact === "*" ? [] : INVITE.headers.contact,
      headers: [{ name: "Warning", value: '305 floor "x"' }],
      body: { type: "text/plain", content: "é" },
    });
    const text = written(response);
    expect(text).toMatch(/^SIP\/2.0 488 No\r\n/);
    expect(text).toContain(
      '\r\nContact: <sip:1001@192.0.2.9>\r\nWarning: 305 floor "x"\r\nContent-Type: text/plain\r\n',
    );
    expect(text).toMatch(/Content-Length: 2\r\n\r\né$/);
  });
});

describe("a changed message", () => {
  test("has a field once after it is set, and not at all after it is removed", () => {
    const once = withHeader(INVITE, "Supported", "path");
    expect(listOf(once, "Supported")).toEqual(["path"]);
    expect(header(withoutHeader(once, "Supported"), "Supported")).toBeUndefined();
    expect(header(once, "Timestamp")).toBe("54");
  });

  test("has a body and its type, whatever it had before", () => {
    const twice = withBody(withBody(INVITE, { type: "a/b", content: "one" }), {
      type: "c/d",
      content: Uint8Array.of(1),
    });
    expect(header(twice, "Content-Type")).toBe("c/d");
    expect(twice.body).toEqual(Uint8Array.of(1));
    expect(INVITE.body).toHaveLength(0);
  });

  test("is never able to break out of its line", () => {
    const sneaky = "x\r\nVia: SIP/2.0/UDP evil\r\n\r\nbody";
    const evil = withHeaders(withHeader({ ...INVITE, method: "OPTIONS" }, "Subject", sneaky), {
      from: { ...INVITE.headers.from, displayName: sneaky },
      callId: `1${sneaky}`,
    });
    expect(written(evil).match(/\r\nVia:/g)).toHaveLength(2);
    expect(written(responseTo(INVITE, 403, { reason: sneaky })).match(/\r\nVia:/g)).toHaveLength(2);
    expect(written(evil).match(/\r\n\r\n/g)).toHaveLength(1);
  });
});

test("a comma list is read over all its fields, quoted commas apart", () => {
  expect(listOf(INVITE, "Supported")).toEqual(["100rel", "timer", '"a, b"', "path"]);
  expect(listOf(INVITE, "Require")).toEqual([]);
});

test.each([
  [180, "Ringing"],
  [199, "Trying"],
  [299, "OK"],
  [499, "Bad Request"],
  [699, "Busy Everywhere"],
])("the phrase of %i is %s", (status, phrase) => {
  expect(reasonPhrase(status)).toBe(phrase);
});

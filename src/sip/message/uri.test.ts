import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Uri } from "./message.ts";
import { formatUri, parseUri, sameUri } from "./uri.ts";

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`no URI: ${text}`);
  return parsed;
}

describe("a URI", () => {
  test("is taken apart into scheme, user, password, host, port, parameters and headers", () => {
    expect(uri("SIPS:alice:pass@Atlanta.EXAMPLE:5061;Transport=TCP;lr?subject=x&priority=urgent")).toEqual({
      scheme: "sips",
      user: "alice",
      password: "pass",
      host: "atlanta.example",
      port: 5061,
      params: new Map([
        ["transport", "TCP"],
        ["lr", ""],
      ]),
      headers: "subject=x&priority=urgent",
    });
  });

  test.each([
    ["sip:example.com", undefined, "example.com", undefined],
    ["sip:*901001@example.com", "*901001", "example.com", undefined],
    ["sip:1001#@example.com", "1001#", "example.com", undefined],
    ["sip:sips%3Auser%40example.com@example.net", "sips%3Auser%40example.com", "example.net", undefined],
    ["sip:user;par=u%40example.net@example.com", "user;par=u%40example.net", "example.com", undefined],
    ["sip:null-%00-null@example.com", "null-%00-null", "example.com", undefined],
    ["sip:[2001:db8::10]:5070", undefined, "[2001:db8::10]", 5070],
    ["sip:[2001:db8::10:5070]", undefined, "[2001:db8::10:5070]", undefined],
    ["sip:user@[2001:db8:::192.0.2.1]", "user", "[2001:db8:::192.0.2.1]", undefined],
    ["sip:my_host:5060", undefined, "my_host", 5060],
  ])("%s has the user %s at %s port %s", (text, user, host, port) => {
    const { user: gotUser, host: gotHost, port: gotPort } = uri(text);
    expect([gotUser, gotHost, gotPort]).toEqual([user, host, port]);
    expect(formatUri(uri(text))).toBe(text);
  });

  test("of another scheme is opaque", () => {
    expect(uri("tel:+31-10-555;phone-context=x")).toEqual({
      scheme: "tel",
      host: "",
      params: new Map(),
      opaque: "+31-10-555;phone-context=x",
    });
    expect(formatUri(uri("http://www.example.com"))).toBe("http://www.example.com");
  });

  test("has escapes of plain characters in its parameters resolved, and no others", () => {
    const { params } = uri("sip:host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    expect([...params]).toEqual([
      ["lr", ""],
      ["name", "value%2541"],
    ]);
  });

  test.each([
    "",
    "sip:",
    "sip:@example.com",
    ":example.com",
    "1sip:example.com",
    "example.com",
    "<sip:example.com>",
    "sip:a b@example.com",
    "sip:user@example.com; lr",
    "sip:us%zzer@example.com",
    "sip:us%4@example.com",
    "sip:user@host@example.com",
    "sip:2001:db8::10",
    "sip:[2001:db8::10",
    "sip:example.com:",
    "sip:example.com:65536",
    "sip:example.com:123456",
    "sip:example.com:5x",
    "sip:example.com;;lr",
    "sip:example.com;lr;lr",
    "sip:example.com;=x",
    "sip:example.com?a=<b>",
    'sip:"user"@example.com',
    "tel:",
    "tel:a b",
    "sip:exa\u0000mple.com",
  ])("is none: %j", (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  test("has no more parameters than the limit", () => {
    expect(parseUri(`sip:a${";x".repeat(100)}`)).toBeUndefined();
  });

  test("never makes anything throw, and what is read is written so that it reads the same", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."a1@:;=?[]%4.,&") }));
    fc.assert(
      fc.property(text, (rest) => {
        const parsed = parseUri(`sip:${rest}`);
        if (parsed !== undefined) expect(parseUri(formatUri(parsed))).toEqual(parsed);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** RFC 3261 §19.1.4, its own lists of equivalent and different URIs in other words. */
describe("two URIs", () => {
  test.each([
    ["sip:%61lice@atlanta.example;transport=TCP", "sip:alice@AtLanTa.example;Transport=tcp"],
    ["sip:carol@chicago.example", "sip:carol@chicago.example;newparam=5"],
    ["sip:carol@chicago.example;security=on", "sip:carol@chicago.example;newparam=5"],
    ["sip:a@b;method=REGISTER?to=c&x=1", "sip:a@b;method=REGISTER?x=1&to=c"],
    ["tel:+31105550", "tel:+31105550"],
  ])("%s and %s are the same", (a, b) => {
    expect([sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([true, true]);
  });

  test.each([
    ["SIP:ALICE@atlanta.example", "sip:alice@atlanta.example"],
    ["sip:bob@biloxi.example", "sip:bob@biloxi.example:5060"],
    ["sip:bob@biloxi.example", "sip:bob@biloxi.example;transport=udp"],
    ["sip:bob@biloxi.example", "sip:bob:secret@biloxi.example"],
    ["sip:bob@biloxi.example", "sips:bob@biloxi.example"],
    ["sip:carol@chicago.example", "sip:carol@chicago.example?Subject=next"],
    ["sip:carol@chicago.example;security=on", "sip:carol@chicago.example;security=off"],
    ["sip:carol@chicago.example;maddr=1.2.3.4", "sip:carol@chicago.example"],
    ["sip:null-%00-null@example.com", "sip:%00%00@example.com"],
    ["tel:+31105550", "tel:+31105551"],
    ["sip:example.com", "tel:1"],
  ])("%s and %s differ", (a, b) => {
    expect([sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([false, false]);
  });
});

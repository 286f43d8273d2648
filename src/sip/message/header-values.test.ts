import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNumber, quote, splitOutsideQuotes, trimLws, unquote } from "./grammar.ts";
import { canonicalName } from "./header-names.ts";
import type { NameAddr } from "./message.ts";
import { formatNameAddr, parseNameAddr, parseNameAddrs } from "./name-addr.ts";
import { formatParams, parseParams } from "./params.ts";
import { formatVia, parseVia, parseVias } from "./via.ts";

function nameAddr(text: string): NameAddr {
  const value = parseNameAddr(text);
  if (value === undefined) throw new Error(`no name-addr: ${text}`);
  return value;
}

describe("a name with an address", () => {
  test.each([
    ["sip:a@b;tag=1", undefined, "sip:a@b", "1"],
    ["<sip:a@b;lr>;tag=1", undefined, "sip:a@b;lr", "1"],
    ["caller<sip:a@b>;tag=1", "caller", "sip:a@b", "1"],
    ["Two Words  <sip:a@b> ;\t tag = 1", "Two Words", "sip:a@b", "1"],
    ["Bell, Alexander <sip:a@b>;tag=43", "Bell, Alexander", "sip:a@b", "43"],
    ['"Watson, Thomas" < sip:a@b >', "Watson, Thomas", "sip:a@b", undefined],
    ['"J \\\\\\"" <sip:a@b>;tag=1', 'J \\"', "sip:a@b", "1"],
    ['"<>;,"<sip:a@b>;tag=1', "<>;,", "sip:a@b", "1"],
    ['"" <sip:a@b>', undefined, "sip:a@b", undefined],
    ["<tel:+31105550>;tag=1", undefined, "tel:+31105550", "1"],
    ["sip:a@b?Route=%3Csip:c%3E", undefined, "sip:a@b?Route=%3Csip:c%3E", undefined],
  ])("%s is read as %s, %s, tag %s", (text, displayName, address, tag) => {
    const value = nameAddr(text);
    expect(value.displayName).toBe(displayName);
    expect(formatNameAddr({ uri: value.uri, params: new Map() })).toBe(`<${address}>`);
    expect(value.params.get("tag")).toBe(tag);
    expect(nameAddr(formatNameAddr(value))).toEqual(value);
  });

  test.each([
    "",
    "<>",
    "<sip:a@b",
    "sip:a@b>",
    '"open <sip:a@b>',
    '"name" sip:a@b',
    '"name"',
    'na"me <sip:a@b>',
    "<sip:a@b> rubbish",
    "<sip:a@b>;",
    "<sip:a@b>;;tag=1",
    "<sip:a@b>;tag=1;tag=2",
    '<sip:a@b>;x="open',
    "<sip:a@b>;t ag=1",
    "<sip:a@b>;=1",
    "sip:a@b;x=<y>",
  ])("is none: %j", (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });

  test("comes in lists whose commas inside quotes and brackets separate nothing", () => {
    const values = parseNameAddrs('"a, b" <sip:a,b@c> , <sip:d@e>;q=0.5,sip:f@g');
    expect(values?.map(formatNameAddr)).toEqual(['"a, b" <sip:a,b@c>', "<sip:d@e>;q=0.5", "<sip:f@g>"]);
    expect(parseNameAddrs("<sip:a@b>,")).toBeUndefined();
    expect(parseNameAddrs("<sip:a@b>,,<sip:c@d>")).toBeUndefined();
  });

  test("survives any display name and parameter value, written and read again", () => {
    // A line end becomes a space: nothing may end its line.
    const text = fc.string({ unit: "binary", minLength: 1 }).map((any) => any.replace(/[\r\n]+/g, " "));
    fc.assert(
      fc.property(text, text, (displayName, value) => {
        const written = { displayName, uri: nameAddr("sip:a@b").uri, params: new Map([["x", value]]) };
        expect(nameAddr(formatNameAddr(written))).toEqual(written);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a Via value", () => {
  test("is read whatever white space stands around its separators", () => {
    const via = parseVia("sip  /   2.0\t/ uDp    192.0.2.2 : 5070 ; branch  =   z9hG4bKa ;rport");
    expect(via).toEqual({
      transport: "UDP",
      host: "192.0.2.2",
      port: 5070,
      params: new Map([
        ["branch", "z9hG4bKa"],
        ["rport", ""],
      ]),
    });
    expect(via && formatVia(via)).toBe("SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKa;rport");
  });

  test.each(["[2001:db8::9]", "2001:db8::9"])("may have received=%s (RFC 5118 §4.5)", (received) => {
    const via = parseVia(`SIP/2.0/TCP [2001:db8::9:1];received=${received};branch=z9hG4bKb`);
    expect(via?.host).toBe("[2001:db8::9:1]");
    expect(via && formatVia(via)).toContain(`;received=${received};`);
  });

  test("comes in lists", () => {
    const vias = parseVias("SIP/2.0/UDP a;branch=1, SIP/2.0/SCTP b ,SIP/2.0/UNKNOWN c");
    expect(vias?.map(({ transport }) => transport)).toEqual(["UDP", "SCTP", "UNKNOWN"]);
    expect(parseVias(Array<string>(71).fill("SIP/2.0/UDP a").join(","))).toBeUndefined();
  });

  test.each([
    "",
    "SIP/2.0/UDP",
    "SIP/2.0 a",
    "HTTP/2.0/UDP a",
    "SIP/2.0/UDP a b",
    "SIP/2.0/UDP a:x",
    "SIP/2.0/UDP a:70000",
    "SIP/2.0/UDP 192.0.2.15;;,;,,",
    "SIP/2.0/UDP a;branch=1;branch=2",
  ])("is none: %j", (text) => {
    expect(parseVias(text)).toBeUndefined();
  });
});

describe("parameters", () => {
  test("have names in lower case and values without quotes", () => {
    expect([...(parseParams(';A;b=C;d="e;\\"f"; g = h') ?? [])]).toEqual([
      ["a", ""],
      ["b", "C"],
      ["d", 'e;"f'],
      ["g", "h"],
    ]);
  });

  test("are quoted again only where they must be", () => {
    expect(formatParams(new Map(Object.entries({ a: "", b: "C", c: "[::1]:5", d: "e;f", e: 'g"h' })))).toBe(
      ';a;b=C;c=[::1]:5;d="e;f";e="g\\"h"',
    );
  });

  test("are at most as many as the limit", () => {
    expect(parseParams(Array.from({ length: 64 }, (_, i) => `;p${i}`).join(""))?.size).toBe(64);
    expect(parseParams(Array.from({ length: 65 }, (_, i) => `;p${i}`).join(""))).toBeUndefined();
  });
});

test.each([
  ["v", "Via"],
  ["VIA", "Via"],
  ["call-id", "Call-ID"],
  ["i", "Call-ID"],
  ["CSEQ", "CSeq"],
  ["x", "Session-Expires"],
  ["www-authenticate", "WWW-Authenticate"],
  ["p-asserted-identity", "P-Asserted-Identity"],
  ["X-my-HEADER", "X-My-Header"],
  ["constructor", "Constructor"],
])("the header name %s is %s", (written, canonical) => {
  expect(canonicalName(written)).toBe(canonical);
});

describe("the lexical ground", () => {
  test("quotes so that unquoting gives the text back", () => {
    fc.assert(fc.property(fc.string(), (text) => unquote(quote(text)) === text.replace(/[\r\n]+/g, " ")));
  });

  test.each(['"', "a", '"a', '"a"b"', '"a\\"', ""])("%j is no quoted string", (text) => {
    expect(unquote(text)).toBeUndefined();
  });

  test("splits nothing whose quotes or brackets do not balance", () => {
    for (const text of ['a,"b', "a,<b", "a>,b", "<a,<b>>"])
      expect(splitOutsideQuotes(text, ",")).toBeUndefined();
    expect(splitOutsideQuotes(' a ,"b,c", <d,e>,', ",")).toEqual(["a", '"b,c"', "<d,e>", ""]);
  });

  test("trims spaces and tabs, and leaves a byte order mark", () => {
    expect(trimLws(" \t\ufeffa b\t ")).toBe("\ufeffa b");
    expect(trimLws(" \t ")).toBe("");
  });

  test("reads numbers with leading zeros, and none beyond the largest", () => {
    expect(
      ["0068", "255", "256", "-1", "1e3", "", "99999999999999999999999"].map((text) =>
        parseNumber(text, 255),
      ),
    ).toEqual([68, 255, undefined, undefined, undefined, undefined, undefined]);
  });
});

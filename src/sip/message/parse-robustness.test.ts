import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sipStatusOf } from "../../core/failure.ts";
import { responseTo } from "./build.ts";
import { parseMessage } from "./parse.ts";
import { serialize } from "./serialize.ts";

const GOOD = [
  "INVITE sip:1002@floor.example;transport=udp SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKnashds8;rport, SIP/2.0/TCP [2001:db8::1]",
  "Max-Forwards: 70",
  'From: "Agent One" <sip:1001@floor.example>;tag=a73kszlfl',
  "To: <sip:1002@floor.example>",
  "Call-ID: 1j9FpLxk3uxtm8tn@192.0.2.9",
  "CSeq: 1 INVITE",
  "Contact: <sip:1001@192.0.2.9:5062>;q=0.5",
  "Route: <sip:r1;lr>,<sip:r2;lr>",
  'Subject: "x"',
  " folded",
  "Content-Length: 4",
  "",
  "v=0\n",
].join("\r\n");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("whatever octets come", () => {
  const DOCUMENTED = [
    "sip.malformed",
    "sip.too-large",
    "sip.unsupported-version",
    "sip.unsupported-uri-scheme",
  ];

  /** Understood and writable, or refused as documented and answerable; never thrown. */
  function holds(octets: Uint8Array): boolean {
    const result = parseMessage(octets);
    if (result.ok) return parseMessage(serialize(result.value)).ok;
    const { code, answerable } = result.error;
    const answer = answerable && serialize(responseTo(answerable, sipStatusOf(result.error)));
    return DOCUMENTED.includes(code) && (answer === undefined || parseMessage(answer).ok);
  }

  test("random ones are refused as documented", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), holds), { numRuns: 10_000 });
  });

  test("mutations of a good message are understood or refused as documented", () => {
    const good = bytes(GOOD);
    const position = fc.nat(good.length - 1);
    const piece = fc.oneof(
      fc.constantFrom(
        ...'\r\n \t"<>;,:=@%?[]\\*0\u0000é',
        "\r\n",
        "\r\n ",
        ";tag=1",
        "SIP/2.0",
        "99999999999",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const mutation = fc.tuple(position, fc.nat(6), piece);
    const mutated = fc.array(mutation, { minLength: 1, maxLength: 4 }).map((mutations) => {
      let octets: Uint8Array = good;
      for (const [at, cut, put] of mutations) {
        octets = Buffer.concat([octets.subarray(0, at), bytes(put), octets.subarray(at + cut)]);
      }
      return octets;
    });
    fc.assert(fc.property(mutated, holds), { numRuns: 10_000 });
  }, 30_000);

  test("the time taken is in proportion to their number", () => {
    const fill = (piece: string) => piece.repeat(Math.floor(8_000 / piece.length));
    const pieces = [
      '"',
      "<",
      ">",
      ";",
      ",",
      ";a",
      ";a=",
      "\\",
      '\\"',
      " ",
      "\t",
      "%",
      "%2",
      ":",
      "=",
      "a,",
      '"",',
      "<>,",
      "é",
      "/",
      "SIP/",
      "1",
    ];
    const names = [
      "Via",
      "From",
      "To",
      "Contact",
      "Route",
      "CSeq",
      "Call-ID",
      "Max-Forwards",
      "Content-Length",
      "X",
    ];
    const started = performance.now();
    for (const piece of pieces) {
      parseMessage(bytes(`INVITE sip:${fill(piece)} SIP/2.0\r\nVia: a\r\n\r\n`));
      parseMessage(bytes(`INVITE sip:a@b SIP/2.0\r\n${`X:\r\n ${piece}`.repeat(6_000)}`));
      for (const name of names) {
        for (const lead of ["", "SIP/2.0/UDP a", "<sip:a@b>", "sip:a@b;x=", '"']) {
          parseMessage(bytes(`BYE sip:a@b SIP/2.0\r\n${name}: ${lead}${fill(piece)}!\r\n\r\n`));
        }
      }
    }
    // Some 1100 messages of 8 KB: quadratic work on any of them would take many times as long.
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

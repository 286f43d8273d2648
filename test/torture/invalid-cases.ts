import { bytes, SDP, sip, type TortureCase } from "./torture-case.ts";

const INVITE = "INVITE sip:bert@floor.example SIP/2.0";
const OPTIONS = "OPTIONS sip:bert@floor.example SIP/2.0";

/** RFC 4475 §3.1.2: against the grammar. What the RFC lets a liberal receiver understand is understood. */
export const INVALID_CASES: readonly TortureCase[] = [
  {
    section: "3.1.2.1",
    title: "separators with nothing between them",
    octets: sip(INVITE, { Via: "SIP/2.0/UDP 192.0.2.44;,;;,", Contact: '"Ann" <sip:ann@example.org>;;' }),
    outcome: "dropped",
  },
  {
    section: "3.1.2.2",
    title: "a Content-Length beyond the datagram",
    octets: sip(INVITE, { "Content-Length": "70000" }, ["Content-Type: application/sdp"], SDP),
    outcome: 400,
  },
  {
    section: "3.1.2.3",
    title: "a negative Content-Length",
    octets: sip(INVITE, { "Content-Length": "-1" }, ["Content-Type: application/sdp"], SDP),
    outcome: 400,
  },
  {
    section: "3.1.2.4",
    title: "numbers beyond their range in a request",
    octets: sip(
      "REGISTER sip:floor.example SIP/2.0",
      { CSeq: "73786976294838206464 REGISTER", "Max-Forwards": "999" },
      [`Expires: 1${"0".repeat(60)}`, "Contact: <sip:ann@192.0.2.44>;expires=999999999999999"],
    ),
    outcome: "dropped",
  },
  {
    section: "3.1.2.5",
    title: "numbers beyond their range in a response",
    octets: sip("SIP/2.0 503 Later", { CSeq: "8888888888888888888888 OPTIONS" }, [
      "Retry-After: 777777777777777777777777",
      'Warning: 9999 floor "x"',
    ]),
    outcome: "dropped",
  },
  {
    section: "3.1.2.6",
    title: "a quoted string that never ends",
    octets: sip(INVITE, { To: '"Bert <sip:bert@floor.example>' }),
    outcome: "dropped",
  },
  {
    section: "3.1.2.7",
    title: "brackets around the Request-URI",
    octets: sip("INVITE <sip:bert@floor.example> SIP/2.0"),
    outcome: 400,
  },
  {
    section: "3.1.2.8",
    title: "a space inside the Request-URI",
    octets: sip("INVITE sip:bert@floor.example; transport=udp SIP/2.0"),
    outcome: 400,
  },
  {
    section: "3.1.2.9",
    title: "more than one space in the request line",
    octets: sip("INVITE   sip:bert@floor.example   SIP/2.0"),
    outcome: "understood",
    means: { method: "INVITE", uri: { user: "bert" } },
    owed: "as if there were one",
  },
  {
    section: "3.1.2.10",
    title: "spaces behind the request line",
    octets: sip(`${OPTIONS}   `),
    outcome: "understood",
    means: { method: "OPTIONS", uri: { user: "bert" } },
    owed: "200",
  },
  {
    section: "3.1.2.11",
    title: "header fields escaped into the Request-URI",
    octets: sip("INVITE sip:bert@floor.example?Route=%3Csip:evil.example%3E SIP/2.0"),
    outcome: "understood",
    means: {
      uri: { host: "floor.example", headers: "Route=%3Csip:evil.example%3E" },
      headers: { route: [] },
    },
    owed: "the escaped Route is never followed",
  },
  {
    section: "3.1.2.12",
    title: "a Date in no zone that Date may name",
    octets: sip(INVITE, {}, ["Date: Mon, 02 Mar 2026 08:00:00 CET"]),
    outcome: "understood",
    means: { headers: { others: [{ name: "Date", value: "Mon, 02 Mar 2026 08:00:00 CET" }] } },
    owed: "Date is not read",
  },
  {
    section: "3.1.2.13",
    title: "a Contact with URI headers and no brackets",
    octets: sip("REGISTER sip:floor.example SIP/2.0", {
      Contact: "sip:ann@192.0.2.44?Route=%3Csip:evil.example%3E",
    }),
    outcome: "understood",
    means: { headers: { contact: [{ uri: { host: "192.0.2.44" }, params: new Map() }], route: [] } },
    owed: "one binding, the escaped Route kept with it and never followed",
  },
  {
    section: "3.1.2.14",
    title: "spaces between brackets and URI",
    octets: sip(OPTIONS, { To: '"Bert, B." <  sip:bert@floor.example  >' }),
    outcome: "understood",
    means: { headers: { to: { displayName: "Bert, B.", uri: { user: "bert" } } } },
    owed: "200",
  },
  {
    section: "3.1.2.15",
    title: "a comma in a display name without quotes, and no empty line at the end",
    octets: bytes(
      new TextDecoder()
        .decode(sip(OPTIONS, { From: "Annson, Ann <sip:ann@example.org>;tag=an1" }))
        .replace(/\r\n\r\n$/, "\r\n"),
    ),
    outcome: "understood",
    means: { headers: { from: { displayName: "Annson, Ann", params: new Map([["tag", "an1"]]) } } },
    owed: "200",
  },
  {
    section: "3.1.2.16",
    title: "a version yet to come",
    octets: sip("OPTIONS sip:bert@floor.example SIP/9.1", {
      Via: "SIP/9.1/UDP phone.example.org;branch=z9hG4bK9",
    }),
    outcome: 505,
  },
  {
    section: "3.1.2.17",
    title: "a known method, another in CSeq",
    octets: sip(OPTIONS, { CSeq: "8 BYE" }),
    outcome: 400,
  },
  {
    section: "3.1.2.18",
    title: "an unknown method, another in CSeq",
    octets: sip("JUGGLE sip:bert@floor.example SIP/2.0", { CSeq: "8 INVITE" }),
    outcome: 400,
  },
  {
    section: "3.1.2.19",
    title: "a status of more digits than three",
    octets: sip("SIP/2.0 8589934792 wraps to 200"),
    outcome: "dropped",
  },
];

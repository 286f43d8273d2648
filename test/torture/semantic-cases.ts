import { bytes, SDP, sip, type TortureCase } from "./torture-case.ts";

const INVITE = "INVITE sip:bert@floor.example SIP/2.0";
const OPTIONS = "OPTIONS sip:bert@floor.example SIP/2.0";
const REGISTER = "REGISTER sip:floor.example SIP/2.0";
const REGISTERED = "a binding, or 401 before";

/** RFC 4475 §3.2 to §3.4: right by the grammar, wrong or strange by what it says. */
export const SEMANTIC_CASES: readonly TortureCase[] = [
  {
    section: "3.2.1",
    title: "a branch that is the magic cookie and nothing else",
    octets: sip(OPTIONS, { Via: "SIP/2.0/UDP phone.example.org;branch=z9hG4bK" }),
    outcome: "understood",
    means: { headers: { via: [{ params: new Map([["branch", "z9hG4bK"]]) }] } },
    owed: "200, matched as RFC 2543 did",
  },
  {
    section: "3.3.1",
    title: "no From, no To, no Call-ID",
    octets: sip(INVITE, { From: undefined, To: undefined, "Call-ID": undefined }),
    outcome: "dropped",
  },
  {
    section: "3.3.2",
    title: "a scheme that nobody ever heard of",
    octets: sip("OPTIONS carrierpigeon:coop-7 SIP/2.0"),
    outcome: 416,
  },
  {
    section: "3.3.3",
    title: "a scheme that is known, for other things",
    octets: sip("OPTIONS https://192.0.2.44:8443/call SIP/2.0"),
    outcome: 416,
  },
  {
    section: "3.3.4",
    title: "other schemes in From, To and Contact",
    octets: sip(REGISTER, {
      To: "urn:isbn:123",
      From: "<https://example.org>;tag=1",
      Contact: "<pigeon:coop-7>",
    }),
    outcome: "understood",
    means: {
      headers: {
        to: { uri: { scheme: "urn", opaque: "isbn:123" } },
        from: { uri: { scheme: "https", opaque: "//example.org" } },
        contact: [{ uri: { scheme: "pigeon", opaque: "coop-7" } }],
      },
    },
    owed: "404: no such extension to register, or 401 before",
  },
  {
    section: "3.3.5",
    title: "extensions required that nobody has",
    octets: sip(OPTIONS, {}, ["Require: juggling, singing", "Proxy-Require: dancing"]),
    outcome: "understood",
    means: {
      headers: {
        others: [
          { name: "Require", value: "juggling, singing" },
          { name: "Proxy-Require", value: "dancing" },
        ],
      },
    },
    owed: "420 with Unsupported: juggling, singing",
  },
  {
    section: "3.3.6",
    title: "a body of a type that nobody knows",
    octets: sip(INVITE, {}, ["Content-Type: application/x-riddle"], "What has keys and no locks?"),
    outcome: "understood",
    means: { body: bytes("What has keys and no locks?") },
    owed: "415 with Accept: application/sdp",
  },
  {
    section: "3.3.7",
    title: "credentials of an unknown scheme",
    octets: sip(REGISTER, {}, ["Authorization: Handshake firm=yes"]),
    outcome: "understood",
    means: { headers: { others: [{ name: "Authorization", value: "Handshake firm=yes" }] } },
    owed: "401, as without credentials",
  },
  {
    section: "3.3.8",
    title: "two values where one may stand",
    octets: sip(INVITE, {}, [
      "CSeq: 42 INVITE",
      "Call-ID: other@phone.example.org",
      "To: <sip:carl@floor.example>",
      "From: <sip:dora@example.org>;tag=d",
      "Max-Forwards: 3",
    ]),
    outcome: 400,
  },
  {
    section: "3.3.9",
    title: "two Content-Lengths",
    octets: sip(
      OPTIONS,
      { "Content-Length": "9" },
      ["l: 4", "Content-Type: text/plain"],
      "how many octets are mine?",
    ),
    outcome: 400,
  },
  {
    section: "3.3.10",
    title: "a response that would be forwarded to everybody",
    octets: sip("SIP/2.0 200 OK", { To: "<sip:bert@floor.example>;tag=b" }, [
      "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKall",
    ]),
    outcome: "understood",
    means: { headers: { via: { 1: { host: "255.255.255.255" } } } },
    owed: "dropped: no transaction asked for it, and a B2BUA forwards nothing",
  },
  {
    section: "3.3.11",
    title: "Max-Forwards of zero",
    octets: sip(OPTIONS, { "Max-Forwards": "0" }),
    outcome: "understood",
    means: { headers: { maxForwards: 0 } },
    owed: "200: a user agent server may still answer",
  },
  {
    section: "3.3.12",
    title: "an unknown parameter of Contact",
    octets: sip(REGISTER, { Contact: "<sip:ann@192.0.2.44>;mood=good" }),
    outcome: "understood",
    means: { headers: { contact: [{ uri: { params: new Map() }, params: new Map([["mood", "good"]]) }] } },
    owed: REGISTERED,
  },
  {
    section: "3.3.13",
    title: "an unknown parameter of the Contact's URI",
    octets: sip(REGISTER, { Contact: "<sip:ann@192.0.2.44;mood=good>" }),
    outcome: "understood",
    means: { headers: { contact: [{ uri: { params: new Map([["mood", "good"]]) }, params: new Map() }] } },
    owed: REGISTERED,
  },
  {
    section: "3.3.14",
    title: "a header field escaped into the Contact's URI",
    octets: sip(REGISTER, { Contact: "<sip:ann@192.0.2.44?Route=%3Csip:hop.example.org%3E>" }),
    outcome: "understood",
    means: { headers: { contact: [{ uri: { headers: "Route=%3Csip:hop.example.org%3E" } }] } },
    owed: REGISTERED,
  },
  {
    section: "3.3.15",
    title: "an offer whose answer would not be accepted",
    octets: sip(INVITE, {}, ["Accept: text/riddle", "Content-Type: application/sdp"], SDP),
    outcome: "understood",
    means: { headers: { others: [{ name: "Accept", value: "text/riddle" }, {}] } },
    owed: "406, or an answer all the same",
  },
  {
    section: "3.4.1",
    title: "an INVITE as RFC 2543 had it: no branch, no tag, no Max-Forwards",
    octets: sip(
      INVITE,
      {
        Via: "SIP/2.0/UDP old.example.org",
        "Max-Forwards": undefined,
        From: "<sip:ann@example.org>",
        To: "sip:bert@floor.example;user=phone",
        "Content-Length": undefined,
      },
      ["Record-Route: <sip:bert@floor.example;maddr=hop.example.org>", "Content-Type: application/sdp"],
      SDP,
    ),
    outcome: "understood",
    means: {
      headers: {
        via: [{ host: "old.example.org", params: new Map() }],
        to: { params: new Map([["user", "phone"]]), uri: { params: new Map() } },
      },
      body: bytes(SDP),
    },
    owed: "a call like any other, retransmissions matched by the whole request",
  },
];

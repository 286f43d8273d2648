import { bytes, raw, SDP, sip, type TortureCase } from "./torture-case.ts";

const LONG = "long".repeat(60);
const PART =
  "--cut\r\nContent-Type: application/octet-stream\r\n\r\n\u0000\u0001\r\n\r\r\n\u0000\r\n--cut--\r\n";

/** RFC 4475 §3.1.1: odd, and right. */
export const VALID_CASES: readonly TortureCase[] = [
  {
    section: "3.1.1.1",
    title: "every freedom of white space, folding, case and compact names",
    octets: raw(
      [
        "INVITE sip:bert@floor.example;odd SIP/2.0",
        "tO  :",
        "  sip:bert@floor.example ;  tag   =  b00",
        'F   :  "Ann \\\\\\""     <sip:ann@example.org>',
        "  ;",
        "\ttag  = an1",
        "mAX-fORWARDS:   0041",
        "I: torture-1@192.0.2.44",
        `content-LENGTH  : ${SDP.length}`,
        "cSEQ: 0012",
        "   INVITE",
        "vIA  :  SIP  /  2.0",
        "  /UDP",
        "   192.0.2.44;branch=old-style",
        "S :",
        "NeverHeardOf:  one",
        "  two",
        "Punctuation: ,;,;;,",
        "C: application/sdp",
        "ROUTE:",
        "  <sip:edge.example.org;lr;odd=1;odder>",
        "V:  SIP /  2.0  /TCP    hop.example.org  ;",
        "   branch  =  z9hG4bKhop ,",
        "  SIP /2.0/ UDP  192.0.2.45 ; branch =",
        "  z9hG4bKhop2",
        'm:"Quo\\"ted" <sip:ann@192.0.2.44> ; first =',
        "    1 ;",
        "  second ; q = 0.7",
      ],
      SDP,
    ),
    outcome: "understood",
    means: {
      method: "INVITE",
      headers: {
        to: { params: new Map([["tag", "b00"]]) },
        from: { displayName: 'Ann \\"', params: new Map([["tag", "an1"]]) },
        maxForwards: 41,
        cseq: { number: 12, method: "INVITE" },
        via: [
          { transport: "UDP", host: "192.0.2.44" },
          { transport: "TCP", host: "hop.example.org" },
          { transport: "UDP", host: "192.0.2.45", params: new Map([["branch", "z9hG4bKhop2"]]) },
        ],
        route: [{ uri: { host: "edge.example.org" } }],
        contact: [{ displayName: 'Quo"ted' }],
        others: [
          { name: "Subject", value: "" },
          { name: "Neverheardof", value: "one two" },
          { name: "Punctuation", value: ",;,;;," },
          { name: "Content-Type", value: "application/sdp" },
        ],
      },
      body: bytes(SDP),
    },
    owed: "481: its To tag is of no dialog here",
  },
  {
    section: "3.1.1.2",
    title: "all the characters that tokens, users, comments and quoted strings may have",
    octets: sip(
      "Do-!It_now*+`.%zz'~09 sip:0ne(*two*)'=&+$,;?/.!~_-:&=+$,pw@floor.example SIP/2.0",
      {
        To: '"bell \\\u0007 nul \\\u0000 del \\\u007f" <sip:(x)?,/;@floor.example>',
        From: "to`k~e'n %*!.+-_ <sip:ann@example.org>;p'~+*_!.-%=\"вот\";tag=~'+`*%!-._1",
        "Call-ID": "c.%!-*_+'`~()<>:\\/\"[]?{}@y.%!-*_+'`~()<>:\\/\"[]?{}",
      },
      ["odd-!.%*+_`'~:\ufeff天"],
    ),
    outcome: "understood",
    means: {
      method: "Do-!It_now*+`.%zz'~09",
      uri: { user: "0ne(*two*)'=&+$,;?/.!~_-", password: "&=+$,pw", host: "floor.example" },
      headers: {
        to: { displayName: "bell \u0007 nul \u0000 del \u007f", uri: { user: "(x)?,/;" } },
        from: { displayName: "to`k~e'n %*!.+-_" },
        callId: "c.%!-*_+'`~()<>:\\/\"[]?{}@y.%!-*_+'`~()<>:\\/\"[]?{}",
        others: [{ name: "Odd-!.%*+_`'~", value: "\ufeff天" }],
      },
    },
    owed: "501: nobody knows the method",
  },
  {
    section: "3.1.1.3",
    title: "percent escapes that hide a scheme and an at sign",
    octets: sip("INVITE sip:tel%3A555%40example.org@floor.example SIP/2.0", {
      From: "<sip:a%20n%20n@example.org>;tag=an1",
      Contact: "<sip:a%6En@192.0.2.44;%6c%72;k%65y=v%61l%3D>",
    }),
    outcome: "understood",
    means: {
      uri: { user: "tel%3A555%40example.org", host: "floor.example" },
      headers: {
        from: { uri: { user: "a%20n%20n" } },
        contact: [{ uri: { user: "a%6En", params: new Map(Object.entries({ lr: "", key: "val%3D" })) } }],
      },
    },
    owed: "404: no such extension",
  },
  {
    section: "3.1.1.4",
    title: "escaped NULs, which end nothing",
    octets: sip("REGISTER sip:floor.example SIP/2.0", { To: "<sip:a%00b@floor.example>" }, [
      "Contact: <sip:%00@192.0.2.44>",
      "Contact: <sip:%00%00@192.0.2.44>",
    ]),
    outcome: "understood",
    means: {
      headers: {
        to: { uri: { user: "a%00b" } },
        contact: [{ uri: { user: "%00" } }, { uri: { user: "%00%00" } }],
      },
    },
    owed: "two bindings, or 401 before",
  },
  {
    section: "3.1.1.5",
    title: "percent signs where nothing is escaped",
    octets: sip("IN%56ITE sip:floor.example SIP/2.0", { From: '"%41%zz" <sip:ann@example.org>;tag=1' }),
    outcome: "understood",
    means: { method: "IN%56ITE", headers: { from: { displayName: "%41%zz" } } },
    owed: "501: it is not INVITE",
  },
  {
    section: "3.1.1.6",
    title: "a display name that touches its bracket",
    octets: sip("OPTIONS sip:bert@floor.example SIP/2.0", { From: "ann<sip:ann@example.org>;tag=1" }),
    outcome: "understood",
    means: { headers: { from: { displayName: "ann", uri: { user: "ann" } } } },
    owed: "200",
  },
  {
    section: "3.1.1.7",
    title: "long values everywhere",
    octets: sip(
      `INVITE sip:bert@floor.example;p=${LONG} SIP/2.0`,
      {
        To: `"${LONG}" <sip:${LONG}@floor.example;${LONG}=1>`,
        From: `<sip:ann@example.org>;${LONG}=${LONG};tag=${LONG}`,
        "Call-ID": `${LONG}@${LONG}`,
        Contact: `<sip:${LONG}:${LONG}@${LONG}.example.org>;q=0.1`,
      },
      [
        ...Array.from(
          { length: 22 },
          (_, hop) => `Via: SIP/2.0/TCP h${hop}.example.org;branch=z9hG4bK${LONG}${hop}`,
        ),
        `${LONG}: ${LONG}`,
      ],
    ),
    outcome: "understood",
    means: { headers: { callId: `${LONG}@${LONG}`, to: { displayName: LONG }, via: { length: 23 } } },
    owed: "404: no such extension",
  },
  {
    section: "3.1.1.8",
    title: "a second request behind the first in one datagram",
    octets: bytes(
      [
        sip("REGISTER sip:floor.example SIP/2.0", { Contact: "<sip:ann@192.0.2.44>" }),
        sip("INVITE sip:bert@floor.example SIP/2.0"),
      ]
        .map((octets) => new TextDecoder().decode(octets))
        .join(""),
    ),
    outcome: "understood",
    means: { method: "REGISTER", body: new Uint8Array(0) },
    owed: "the first is answered, the second never existed",
  },
  {
    section: "3.1.1.9",
    title: "semicolons that belong to the user part",
    octets: sip("OPTIONS sip:bert;a=b%40c;d@floor.example SIP/2.0"),
    outcome: "understood",
    means: { uri: { user: "bert;a=b%40c;d", host: "floor.example", params: new Map() } },
    owed: "200",
  },
  {
    section: "3.1.1.10",
    title: "transports of every kind in Via",
    octets: sip("OPTIONS sip:bert@floor.example SIP/2.0", {}, [
      "Via: SIP/2.0/SCTP a.example.org;branch=z9hG4bK2",
      "Via: SIP/2.0/TLS b.example.org;branch=z9hG4bK3, SIP/2.0/PIGEON c.example.org;branch=z9hG4bK4",
    ]),
    outcome: "understood",
    means: { headers: { via: ["UDP", "SCTP", "TLS", "PIGEON"].map((transport) => ({ transport })) } },
    owed: "200",
  },
  {
    section: "3.1.1.11",
    title: "a multipart body with octets that are no text",
    octets: sip(
      "MESSAGE sip:bert@floor.example SIP/2.0",
      {},
      ["Content-Type: multipart/mixed;boundary=cut", "MIME-Version: 1.0"],
      PART,
    ),
    outcome: "understood",
    means: { body: bytes(PART) },
    owed: "501: MESSAGE is not among our methods",
  },
  {
    section: "3.1.1.12",
    title: "a reason phrase of signs and of another script",
    octets: sip("SIP/2.0 200 = 7**2 * 2; ну да!", { To: "<sip:bert@floor.example>;tag=b" }),
    outcome: "understood",
    means: { type: "response", status: 200, reason: "= 7**2 * 2; ну да!" },
    owed: "dropped: no transaction asked for it",
  },
  {
    section: "3.1.1.13",
    title: "an empty reason phrase",
    octets: sip("SIP/2.0 183 "),
    outcome: "understood",
    means: { type: "response", status: 183, reason: "" },
    owed: "dropped: no transaction asked for it",
  },
];

import { describe, expect, test } from "vitest";
import { sipStatusOf } from "../../core/failure.ts";
import { responseTo } from "./build.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { SipMessage } from "./message.ts";
import { formatNameAddr } from "./name-addr.ts";
import { type ParseFailure, parseMessage } from "./parse.ts";
import { serialize } from "./serialize.ts";

const INVITE = [
  "INVITE sip:1002@floor.example SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKnashds8;rport",
  "Max-Forwards: 70",
  'From: "Agent One" <sip:1001@floor.example>;tag=a73kszlfl',
  "To: <sip:1002@floor.example>",
  "Call-ID: 1j9FpLxk3uxtm8tn@192.0.2.9",
  "CSeq: 1 INVITE",
  "Contact: <sip:1001@192.0.2.9:5062>",
  "Content-Type: application/sdp",
  "Content-Length: 4",
];
const BODY = "v=0\n";

/** A message of these lines; a line is replaced by the one given for its name. */
function message(changes: Record<string, string | string[] | undefined> = {}, body = BODY): Uint8Array {
  const lines = INVITE.flatMap((line) => {
    const name = line.split(":")[0] ?? "";
    const key = line === INVITE[0] ? "start" : name;
    return key in changes ? (changes[key] ?? []) : [line];
  });
  return bytes(`${[...lines, ...[changes["more"] ?? []].flat()].join("\r\n")}\r\n\r\n${body}`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function parsed(octets: Uint8Array): SipMessage {
  const result = parseMessage(octets);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function refused(octets: Uint8Array): ParseFailure {
  const result = parseMessage(octets);
  if (result.ok) throw new Error("it was understood");
  return result.error;
}

describe("a request", () => {
  test("is taken apart into what the protocol acts on and the rest", () => {
    const request = parsed(message({ more: ["X-one: 1", "Supported: 100rel,", " timer", "k: path"] }));
    expect(request).toMatchObject({
      type: "request",
      method: "INVITE",
      uri: { scheme: "sip", user: "1002", host: "floor.example" },
      headers: {
        via: [{ transport: "UDP", host: "192.0.2.9", port: 5062 }],
        from: { displayName: "Agent One" },
        to: { uri: { user: "1002" } },
        callId: "1j9FpLxk3uxtm8tn@192.0.2.9",
        cseq: { number: 1, method: "INVITE" },
        maxForwards: 70,
        contact: [{ uri: { host: "192.0.2.9", port: 5062 } }],
        route: [],
        recordRoute: [],
        others: [
          { name: "Content-Type", value: "application/sdp" },
          { name: "X-One", value: "1" },
          { name: "Supported", value: "100rel, timer" },
          { name: "Supported", value: "path" },
        ],
      },
    });
    expect(new TextDecoder().decode(request.body)).toBe(BODY);
  });

  test("is the same whatever line ends stand before it", () => {
    expect(parsed(bytes(`\r\n\r\n${new TextDecoder().decode(message())}`))).toEqual(parsed(message()));
  });

  test("keeps a body that is no text octet by octet", () => {
    const head = message({ "Content-Length": "Content-Length: 6" }, "");
    const body = Uint8Array.of(0, 13, 10, 13, 10, 255);
    expect(parsed(Uint8Array.of(...head, ...body)).body).toEqual(body);
  });

  test("may be without Max-Forwards and Contact, as RFC 2543 had it", () => {
    const request = parsed(message({ "Max-Forwards": undefined, Contact: undefined }));
    expect(request.headers).not.toHaveProperty("maxForwards");
    expect(request.headers.contact).toEqual([]);
  });

  test("collects Via, Route, Record-Route and Contact over lists and fields, in order", () => {
    const { headers } = parsed(
      message({
        more: [
          "v: SIP/2.0/TCP b, SIP/2.0/TLS c",
          "Route: <sip:r1;lr>, <sip:r2;lr>",
          "route: <sip:r3;lr>",
          "Record-Route: <sip:rr1;lr>,<sip:rr2;lr>",
          "m: sip:second@example.com",
        ],
      }),
    );
    expect(headers.via.map(({ host }) => host)).toEqual(["192.0.2.9", "b", "c"]);
    expect(headers.route.map(formatNameAddr)).toEqual(["<sip:r1;lr>", "<sip:r2;lr>", "<sip:r3;lr>"]);
    expect(headers.recordRoute.map(({ uri }) => uri.host)).toEqual(["rr1", "rr2"]);
    expect(headers.contact).toHaveLength(2);
  });
});

describe("the length of a datagram's body", () => {
  test.each([
    ["as Content-Length says", "Content-Length: 4", BODY, BODY],
    ["cut where Content-Length is smaller", "l: 2", BODY, "v="],
    ["the rest without Content-Length", undefined, BODY, BODY],
    ["nothing where there is nothing", undefined, "", ""],
  ])("is %s", (_, line, body, expected) => {
    expect(new TextDecoder().decode(parsed(message({ "Content-Length": line }, body)).body)).toBe(expected);
  });

  test("is an error where Content-Length promises more", () => {
    expect(refused(message({ "Content-Length": "Content-Length: 5" }))).toMatchObject({
      code: "sip.malformed",
    });
  });
});

describe("what is wrong with a request", () => {
  test.each<[string, Record<string, string | string[] | undefined>, number]>([
    ["an unknown version", { start: "INVITE sip:a@b SIP/3.0" }, 505],
    ["a scheme that names no SIP resource", { start: "INVITE soap.beep://192.0.2.103:3002 SIP/2.0" }, 416],
    ["a Request-URI in brackets", { start: "INVITE <sip:a@b> SIP/2.0" }, 400],
    ["a space in the Request-URI", { start: "INVITE sip:a@b; lr SIP/2.0" }, 400],
    ["an endless Request-URI", { start: `INVITE sip:${"a".repeat(3000)}@b SIP/2.0` }, 513],
    ["another method in CSeq", { CSeq: "CSeq: 1 BYE" }, 400],
    ["a second CSeq", { CSeq: ["CSeq: 1 INVITE", "CSeq: 2 INVITE"] }, 400],
    ["a second From", { more: "From: <sip:x@y>;tag=1" }, 400],
    ["a second Call-ID", { more: "i: other" }, 400],
    ["a second Max-Forwards", { more: "Max-Forwards: 1" }, 400],
    ["a second Content-Length", { more: "Content-Length: 4" }, 400],
    ["a negative Content-Length", { "Content-Length": "Content-Length: -4" }, 400],
    ["Max-Forwards beyond 255", { "Max-Forwards": "Max-Forwards: 256" }, 400],
    ["a broken Contact", { Contact: 'Contact: "Joe" <sip:joe@example.org>;;;;' }, 400],
    ["Contact * outside REGISTER", { Contact: "Contact: *" }, 400],
    ["a broken Route", { more: "Route: sip:" }, 400],
    ["a line that is no field", { more: "no field" }, 400],
    ["a field without a name", { more: ": value" }, 400],
    ["a lone LF", { more: "X: a\nY: b" }, 400],
    ["a lone CR", { more: "X: a\rb" }, 400],
    ["too many fields", { more: Array<string>(300).fill("X: y") }, 513],
    ["an endless field", { more: `X: ${"y".repeat(9000)}` }, 513],
    ["too many Vias", { more: Array<string>(80).fill("Via: SIP/2.0/UDP a;branch=1") }, 400],
  ])("%s is answered", (_, changes, status) => {
    const failure = refused(message(changes));
    expect(sipStatusOf(failure)).toBe(status);
    expect(failure.answerable?.headers.callId).toBe("1j9FpLxk3uxtm8tn@192.0.2.9");
    const answer = failure.answerable && responseTo(failure.answerable, status, { toTag: "t" });
    expect(answer && parseMessage(serialize(answer)).ok).toBe(true);
  });

  test.each<[string, Record<string, string | string[] | undefined>]>([
    ["no Via", { Via: undefined }],
    ["a broken Via", { Via: "Via: SIP/2.0/UDP 192.0.2.15;;,;,," }],
    ["no From", { From: undefined }],
    ["a From that cannot be echoed", { From: 'From: "open <sip:a@b>' }],
    ["no To", { To: undefined }],
    ["no Call-ID", { "Call-ID": undefined }],
    ["an empty Call-ID", { "Call-ID": "Call-ID:" }],
    ["no CSeq", { CSeq: undefined }],
    ["a CSeq that is no number", { CSeq: "CSeq: one INVITE" }],
    ["a CSeq beyond 2**31", { CSeq: "CSeq: 2147483648 INVITE" }],
    ["no version", { start: "INVITE sip:a@b" }],
    ["no method", { start: " sip:a@b SIP/2.0" }],
    ["a method that is no token", { start: "INV(ITE sip:a@b SIP/2.0" }],
    ["a fold of the start line", { start: ["INVITE sip:a@b", " SIP/2.0"] }],
    ["an ACK whatever is wrong with it", { start: "ACK sip: SIP/2.0", CSeq: "CSeq: 1 ACK" }],
  ])("%s leaves nothing to answer", (_, changes) => {
    const failure = refused(message(changes));
    expect(failure.code).toBe("sip.malformed");
    expect(failure.answerable).toBeUndefined();
  });

  test("as large as no message may be, is not even looked at", () => {
    expect(refused(message({}, "x".repeat(DEFAULT_LIMITS.message)))).toMatchObject({ code: "sip.too-large" });
  });

  test.each([
    "",
    "\r\n",
    "\r\n\r\n\r\n\r\n",
    "x",
    "INVITE sip:a@b SIP/2.0",
    "INVITE sip:a@b SIP/2.0\r\n\r\n",
    "\u0000\u0001\u0000\u0008!\u0012\u00a4B",
  ])("is everything, with octets like %j", (text) => {
    expect(refused(bytes(text))).toMatchObject({ code: "sip.malformed" });
  });
});

describe("a REGISTER", () => {
  const register = (contacts: string[]) =>
    message({ start: "REGISTER sip:floor.example SIP/2.0", CSeq: "CSeq: 1 REGISTER", Contact: contacts });

  test("may have Contact *, alone", () => {
    expect(parsed(register(["Contact: *"])).headers.contact).toBe("*");
    expect(refused(register(["Contact: *", "Contact: <sip:a@b>"])).code).toBe("sip.malformed");
    expect(refused(register(["Contact: <sip:a@b>", "Contact: *"])).code).toBe("sip.malformed");
    expect(refused(register(["Contact: *", "Contact: *"])).code).toBe("sip.malformed");
  });
});

describe("a response", () => {
  test.each([
    ["SIP/2.0 200 OK", 200, "OK"],
    ["SIP/2.0 100 ", 100, ""],
    ["SIP/2.0 486", 486, ""],
    ["sip/2.0 200 = 2**3 * 5**2 но", 200, "= 2**3 * 5**2 но"],
  ])("is known by its status line %j", (start, status, reason) => {
    expect(parsed(message({ start }))).toMatchObject({ type: "response", status, reason });
  });

  test.each([
    "SIP/2.0 4294967301 no",
    "SIP/2.0 99 low",
    "SIP/2.0 700 high",
    "SIP/2.0 20 OK",
    "SIP/3.0 200 OK",
    "SIP/2.0",
  ])("is none with %j, and nothing to answer", (start) => {
    expect(refused(message({ start }))).not.toHaveProperty("answerable");
  });
});

test("a message that is understood is the same when written and read again", () => {
  const once = parsed(message({ more: ["Route: <sip:r1;lr>", "Subject: a", " b"] }));
  expect(parsed(serialize(once))).toEqual(once);
});

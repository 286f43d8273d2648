import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSdp } from "./format-sdp.ts";
import { answerOffer, makeOffer } from "./offer-answer.ts";
import { parseSdp } from "./parse-sdp.ts";
import { carriesDigits } from "./telephone-event.ts";

const PHONE = [
  "v=0",
  "o=- 3724394400 3724394405 IN IP4 198.51.100.7",
  "s=call",
  "c=IN IP4 198.51.100.7",
  "b=AS:84",
  "t=0 0",
  "a=X-nat:0",
  "m=audio 4000 RTP/AVP 9 0 101 127 200",
  "a=rtpmap:9 G722/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=rtcp:4005 IN IP4 198.51.100.7",
  "a=ptime:20",
  "a=maxptime:140",
  "a=sendonly",
  "m=video 0 RTP/AVP 96",
  "",
];
const OURS = {
  codecs: ["PCMU"] as const,
  address: "192.0.2.1",
  port: 2,
  telephoneEvent: true,
  ptimeMs: 20,
  sessionId: "1",
};

describe("a session description", () => {
  test.each(["\r\n", "\n"])("is read whichever line end it has: %j", (end) => {
    const parsed = parseSdp(PHONE.join(end));
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        origin: { sessionId: "3724394400", version: 3_724_394_405, address: "198.51.100.7" },
        media: [
          {
            type: "audio",
            port: 4000,
            protocol: "RTP/AVP",
            payloads: ["9", "0", "101", "127", "200"],
            formats: [
              { payloadType: 9, encoding: "G722", rate: 8000 },
              { payloadType: 0, encoding: "PCMU", rate: 8000 },
              { payloadType: 101, encoding: "telephone-event", rate: 8000, fmtp: "0-15" },
            ],
            address: "198.51.100.7",
            rtcpPort: 4005,
            direction: "sendonly",
            ptimeMs: 20,
            maxPtimeMs: 140,
          },
          { type: "video", port: 0, direction: "sendrecv" },
        ],
      },
    });
  });

  test.each<[string, string[]]>([
    ["empty", []],
    ["another version", ["v=1", ...PHONE.slice(1)]],
    ["no o= line", PHONE.filter((line) => !line.startsWith("o="))],
    ["a broken o= line", PHONE.map((line) => (line.startsWith("o=") ? "o=me" : line))],
    ["a broken m= line", [...PHONE.slice(0, 7), "m=audio what RTP/AVP 0", ""]],
    ["an m= line without a port", [...PHONE.slice(0, 7), "m=audio", ""]],
    ["a port beyond 65535", [...PHONE.slice(0, 7), "m=audio 70000 RTP/AVP 0", ""]],
    ["no address for a live medium", PHONE.filter((line) => !line.startsWith("c="))],
    ["an endless line", [...PHONE.slice(0, 7), `a=${"x".repeat(5000)}`, ""]],
    ["too many m= lines", [...PHONE.slice(0, 7), ...Array<string>(99).fill("m=audio 4000 RTP/AVP 0"), ""]],
  ])("is malformed: %s", (_, lines) => {
    expect(parseSdp(lines.join("\r\n"))).toMatchObject({ ok: false, error: { code: "sdp.malformed" } });
  });

  test("is unchanged by writing and reading it", () => {
    const offer = makeOffer(OURS);
    expect(parseSdp(formatSdp(offer))).toEqual({ ok: true, value: offer });
  });

  test("never makes anything throw, and never gives anything but a documented failure", () => {
    const line = fc.oneof(
      fc.constantFrom(...PHONE),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc
        .tuple(fc.constantFrom("m=", "o=", "c=", "a=rtpmap:", "a=fmtp:", "a=rtcp:", "t="), fc.string())
        .map((parts) => parts.join("")),
      fc
        .tuple(fc.constantFrom(...PHONE), fc.nat(40), fc.string({ maxLength: 3 }))
        .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1)),
    );
    const text = fc.array(line, { maxLength: 20 }).map((lines) => ["v=0", PHONE[1], ...lines].join("\r\n"));
    fc.assert(
      fc.property(text, (sdp) => {
        const parsed = parseSdp(sdp);
        if (!parsed.ok) return parsed.error.code === "sdp.malformed";
        const answered = answerOffer(parsed.value, OURS);
        if (!answered.ok) return ["sdp.no-common-codec", "sdp.unsupported"].includes(answered.error.code);
        return parseSdp(formatSdp(answered.value.answer)).ok;
      }),
      { numRuns: 3_000 },
    );
  });

  test("costs time in proportion to its length, however nasty its lines", () => {
    const nasty = [
      "a=candidate:",
      "a=extmap:1 ",
      "a=imageattr:97 ",
      "a=simulcast:send ",
      "a=ssrc:1 ",
      "m=audio 1 ",
      "a=rid:",
    ];
    const filler = [
      "1 ".repeat(1000),
      "[x=1] ".repeat(330),
      ";".repeat(2000),
      "a:".repeat(1000),
      "/".repeat(2000),
    ];
    const started = performance.now();
    for (const head of nasty) {
      for (const tail of filler) parseSdp([...PHONE.slice(0, 7), `${head}${tail}!`, ""].join("\r\n"));
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

test.each([
  [undefined, true],
  ["0-15", true],
  ["0-16", true],
  ["0-11,12-15,66,70", true],
  ["events=0-15", true],
  ["0-11", false],
  ["66,70", false],
  ["nonsense", false],
  ["0-999", true],
])("an events list of %s covers the digits: %s", (events, expected) => {
  expect(carriesDigits(events)).toBe(expected);
});

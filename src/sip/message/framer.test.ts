import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Frame, Framer } from "./framer.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { parseMessage } from "./parse.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function message(callId: string, body = "", length = `Content-Length: ${bytes(body).length}`): string {
  return [
    "OPTIONS sip:floor.example SIP/2.0",
    "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1",
    "From: <sip:1001@floor.example>;tag=a",
    "To: <sip:floor.example>",
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    ...(length === "" ? [] : [length]),
    `\r\n${body}`,
  ].join("\r\n");
}

/** What a frame is, in short: the text of a message, or its type. */
function brief(frame: Frame): string {
  return frame.type === "message" ? new TextDecoder().decode(frame.bytes) : frame.type;
}

function push(framer: Framer, ...texts: string[]): string[] {
  return texts.flatMap((text) => framer.push(bytes(text)).map(brief));
}

describe("a stream", () => {
  test("gives each message once it is complete, and only then", () => {
    const [one, two] = [message("1", "body"), message("2")];
    const framer = new Framer();
    expect(push(framer, one.slice(0, -1))).toEqual([]);
    expect(push(framer, one.slice(-1) + two)).toEqual([one, two]);
  });

  test("is cut the same whatever pieces it comes in", () => {
    const texts = [
      message("1", "\r\n\r\nINVITE"),
      message("2", "", "l : 0"),
      message("3", "é".repeat(3_000)),
      "\r\n\r\n",
      message("4"),
    ];
    const stream = bytes(texts.join(""));
    const expected = texts.map((text) => (text === "\r\n\r\n" ? "ping" : text));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 30 }), (cuts) => {
        const framer = new Framer();
        const ends = [...cuts.sort((a, b) => a - b), stream.length];
        let at = 0;
        const frames = ends.flatMap((end) => {
          const piece = stream.slice(at, end);
          at = end;
          return framer.push(piece).map(brief);
        });
        expect(frames).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("gives octets that are the receiver's own", () => {
    const framer = new Framer();
    const [frame] = framer.push(bytes(message("1")));
    framer.push(bytes(message("2")));
    expect(frame && brief(frame)).toBe(message("1"));
  });

  test("costs time in proportion to its length even octet by octet", () => {
    const stream = bytes(
      message("1", "", `X: ${"y".repeat(8_000)}\r\nContent-Length: 50000`) + "z".repeat(50_000),
    );
    const framer = new Framer();
    const started = performance.now();
    let frames = 0;
    for (let i = 0; i < stream.length; i++) frames += framer.push(stream.subarray(i, i + 1)).length;
    expect(frames).toBe(1);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("between messages", () => {
  test("a double CRLF is a ping, however it is split, and a single one is nothing", () => {
    expect(push(new Framer(), "\r\n\r\n")).toEqual(["ping"]);
    expect(push(new Framer(), "\r", "\n", "\r", "\n")).toEqual(["ping"]);
    expect(push(new Framer(), "\r\n\r\n\r\n\r\n")).toEqual(["ping", "ping"]);
    expect(push(new Framer(), "\r\n", message("1"))).toEqual([message("1")]);
    expect(push(new Framer(), `\r\n${message("1")}\r\n`, message("2"))).toEqual([message("1"), message("2")]);
    expect(push(new Framer(), message("1"), "\r\n\r\n", message("2"))).toEqual([
      message("1"),
      "ping",
      message("2"),
    ]);
  });
});

describe("a stream is broken", () => {
  test.each([
    ["no Content-Length", message("1", "", "")],
    ["two of them", message("1", "", "Content-Length: 0\r\nl: 0")],
    ["one that is no number", message("1", "", "Content-Length: none")],
    ["a negative one", message("1", "", "Content-Length: -1")],
    ["a line that is no field", message("1", "", "no field\r\nContent-Length: 0")],
    ["only a start line", "OPTIONS sip:a SIP/2.0\r\n\r\n"],
  ])("by %s; its head is given so that it can be answered, and nothing after it is read", (_, text) => {
    const framer = new Framer();
    const [frame, ...more] = framer.push(bytes(text + message("2")));
    expect(frame).toMatchObject({ type: "broken", failure: { code: "sip.malformed" } });
    expect(frame?.type === "broken" && frame.head && new TextDecoder().decode(frame.head)).toBe(text);
    expect(more).toEqual([]);
    expect(framer.push(bytes(message("3")))).toEqual([]);
  });

  test("by a message larger than the limit, before it has come", () => {
    const [frame] = new Framer().push(bytes(message("1", "", `Content-Length: ${DEFAULT_LIMITS.message}`)));
    expect(frame).toMatchObject({ type: "broken", failure: { code: "sip.too-large" } });
  });

  test("by a head that never ends", () => {
    const framer = new Framer();
    const piece = bytes("X: y\r\n".repeat(500));
    let frames: Frame[] = [];
    for (let sent = 0; frames.length === 0 && sent < 200_000; sent += piece.length)
      frames = framer.push(piece);
    expect(frames).toMatchObject([{ type: "broken", failure: { code: "sip.too-large" } }]);
  });
});

test("framer and parser agree on where a message ends", () => {
  const [frame] = new Framer().push(bytes(`${message("1", "abc")}${message("2")}`));
  const parsed = frame?.type === "message" ? parseMessage(frame.bytes) : undefined;
  expect(parsed).toMatchObject({ ok: true, value: { body: bytes("abc") } });
});

import { describe, expect, test } from "vitest";
import type { Result } from "../../core/result.ts";
import { formatSdp } from "./format-sdp.ts";
import { type AudioCapabilities, acceptAnswer, answerOffer, makeOffer } from "./offer-answer.ts";
import { parseSdp } from "./parse-sdp.ts";
import type { Direction, SessionDescription } from "./session-description.ts";

const OURS: AudioCapabilities = {
  codecs: ["PCMA", "PCMU"],
  address: "192.0.2.1",
  port: 20_000,
  telephoneEvent: true,
  ptimeMs: 20,
  sessionId: "4711",
};

/** A phone's description: `session` stands before the m= lines, `media` is the rest. */
function phone(media: string[], session: string[] = ["c=IN IP4 198.51.100.7"]): SessionDescription {
  return must(
    parseSdp(
      ["v=0", "o=phone 1 1 IN IP4 198.51.100.7", "s=-", ...session, "t=0 0", ...media, ""].join("\r\n"),
    ),
  );
}

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("an answer", () => {
  test("takes one codec in our order of preference, with the offer's payload types both ways", () => {
    const offer = phone([
      "m=audio 4000 RTP/AVP 0 8 96",
      "a=rtpmap:96 telephone-event/8000",
      "a=fmtp:96 0-16",
    ]);
    const { answer, agreed } = must(answerOffer(offer, OURS));
    expect(agreed).toEqual({
      codec: "PCMA",
      sendPayloadType: 8,
      receivePayloadType: 8,
      sendEventType: 96,
      receiveEventType: 96,
      remote: { address: "198.51.100.7", port: 4000, rtcpPort: 4001 },
      ptimeMs: 20,
      direction: "sendrecv",
      remoteHolds: false,
    });
    expect(formatSdp(answer).split("\r\n")).toEqual([
      "v=0",
      "o=- 4711 1 IN IP4 192.0.2.1",
      "s=-",
      "c=IN IP4 192.0.2.1",
      "t=0 0",
      "m=audio 20000 RTP/AVP 8 96",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:96 telephone-event/8000",
      "a=fmtp:96 0-16",
      "a=ptime:20",
      "a=sendrecv",
      "",
    ]);
  });

  test("prefers the codec of the other leg where the peer offers it", () => {
    const offer = phone(["m=audio 4000 RTP/AVP 8 0"]);
    expect(must(answerOffer(offer, { ...OURS, prefer: "PCMU" })).agreed.codec).toBe("PCMU");
    expect(
      must(answerOffer(phone(["m=audio 4000 RTP/AVP 8"]), { ...OURS, prefer: "PCMU" })).agreed.codec,
    ).toBe("PCMA");
    expect(must(answerOffer(offer, { ...OURS, codecs: ["PCMA"], prefer: "PCMU" })).agreed.codec).toBe("PCMA");
  });

  test("knows a codec under a dynamic payload type and in any case", () => {
    const { agreed } = must(answerOffer(phone(["m=audio 4000 RTP/AVP 97", "a=rtpmap:97 pcmu/8000"]), OURS));
    expect(agreed).toMatchObject({ codec: "PCMU", sendPayloadType: 97, receivePayloadType: 97 });
    expect(agreed).not.toHaveProperty("sendEventType");
  });

  test("does not take a codec at another clock rate for ours", () => {
    const offer = phone(["m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU/16000"]);
    expect(answerOffer(offer, OURS)).toMatchObject({ error: { code: "sdp.no-common-codec" } });
  });

  test("refuses every other m= line with port 0 and keeps their order", () => {
    const offer = phone([
      "m=video 5000 RTP/AVP 31",
      "m=audio 0 RTP/AVP 0",
      "m=audio 4000 RTP/AVP 0",
      "m=audio 4002 RTP/AVP 0",
      "m=image 4004 udptl t38",
    ]);
    const { answer } = must(answerOffer(offer, OURS));
    expect(answer.media.map(({ type, port }) => [type, port])).toEqual([
      ["video", 0],
      ["audio", 0],
      ["audio", 20_000],
      ["audio", 0],
      ["image", 0],
    ]);
    expect(formatSdp(answer)).toContain("m=image 0 udptl t38\r\n");
    expect(must(parseSdp(formatSdp(answer))).media.map(({ port }) => port)).toEqual([0, 0, 20_000, 0, 0]);
  });

  test.each([
    ["no audio", ["m=video 5000 RTP/AVP 31"], "sdp.no-common-codec"],
    ["no media at all", [], "sdp.no-common-codec"],
    ["no codec of ours", ["m=audio 4000 RTP/AVP 18 9"], "sdp.no-common-codec"],
    ["audio that is ended", ["m=audio 0 RTP/AVP 0"], "sdp.no-common-codec"],
    ["audio over SRTP only", ["m=audio 4000 RTP/SAVP 0"], "sdp.unsupported"],
    ["audio over DTLS only", ["m=audio 4000 UDP/TLS/RTP/SAVPF 0"], "sdp.unsupported"],
  ])("refuses an offer of %s", (_, media, code) => {
    expect(answerOffer(phone(media), OURS)).toMatchObject({ ok: false, error: { code } });
  });

  test("passes over an encrypted stream to a plain one, and answers AVPF as AVPF", () => {
    const offer = phone(["m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVPF 0"]);
    const { answer, agreed } = must(answerOffer(offer, OURS));
    expect(agreed.remote.port).toBe(4002);
    expect(answer.media.map(({ port, protocol }) => [port, protocol])).toEqual([
      [0, "RTP/SAVP"],
      [20_000, "RTP/AVPF"],
    ]);
  });
});

describe("hold", () => {
  const nowhere = "c=IN IP4 0.0.0.0";
  const somewhere = "c=IN IP4 198.51.100.7";

  test.each<[string, string[], string[], Direction, boolean]>([
    ["nothing said", [somewhere], [], "sendrecv", false],
    ["sendonly at the medium", [somewhere], ["a=sendonly"], "recvonly", true],
    ["sendonly at the session", [somewhere, "a=sendonly"], [], "recvonly", true],
    ["inactive at the medium", [somewhere], ["a=inactive"], "inactive", true],
    ["inactive at the session", [somewhere, "a=inactive"], [], "inactive", true],
    ["the medium resuming against the session", [somewhere, "a=inactive"], ["a=sendrecv"], "sendrecv", false],
    ["0.0.0.0 at the session", [nowhere], [], "recvonly", true],
    ["0.0.0.0 at the medium", [somewhere], [nowhere], "recvonly", true],
    ["an address at the medium against 0.0.0.0 at the session", [nowhere], [somewhere], "sendrecv", false],
    ["sendonly and 0.0.0.0", [nowhere], ["a=sendonly"], "recvonly", true],
    ["inactive and 0.0.0.0", [nowhere], ["a=inactive"], "inactive", true],
    ["recvonly and 0.0.0.0", [nowhere], ["a=recvonly"], "inactive", true],
    ["the unspecified IPv6 address", ["c=IN IP6 ::"], [], "recvonly", true],
    ["recvonly, which is no hold", [somewhere], ["a=recvonly"], "sendonly", false],
  ])("with %s", (_, session, attributes, direction, remoteHolds) => {
    const offer = phone(["m=audio 4000 RTP/AVP 0", ...attributes], session);
    const { answer, agreed } = must(answerOffer(offer, OURS));
    expect(agreed).toMatchObject({ direction, remoteHolds });
    expect(answer.media[0]?.direction).toBe(direction);
  });

  test("of ours, answered by recvonly or inactive, is not taken for the peer's", () => {
    const offer = makeOffer({ ...OURS, direction: "sendonly" });
    const recvonly = must(acceptAnswer(offer, phone(["m=audio 4000 RTP/AVP 8", "a=recvonly"])));
    expect(recvonly).toMatchObject({ direction: "sendonly", remoteHolds: false });
    const inactive = makeOffer({ ...OURS, direction: "inactive" });
    const answer = phone(["m=audio 4000 RTP/AVP 8", "a=inactive"]);
    expect(must(acceptAnswer(inactive, answer))).toMatchObject({ direction: "inactive", remoteHolds: false });
  });

  test("is noticed in an answer to a full offer", () => {
    const answer = phone(["m=audio 4000 RTP/AVP 8", "a=sendonly"]);
    expect(must(acceptAnswer(makeOffer(OURS), answer))).toMatchObject({
      direction: "recvonly",
      remoteHolds: true,
    });
  });
});

describe("an accepted answer", () => {
  test("keeps our payload types for what we receive and the peer's for what we send", () => {
    const answer = phone([
      "m=audio 4000 RTP/AVP 96 97",
      "a=rtpmap:96 PCMU/8000",
      "a=rtpmap:97 telephone-event/8000",
      "a=rtcp:4100 IN IP4 198.51.100.7",
      "a=ptime:30",
    ]);
    expect(must(acceptAnswer(makeOffer(OURS), answer))).toMatchObject({
      codec: "PCMU",
      sendPayloadType: 96,
      receivePayloadType: 0,
      sendEventType: 97,
      receiveEventType: 101,
      remote: { port: 4000, rtcpPort: 4100 },
      ptimeMs: 30,
    });
  });

  test.each([
    ["refuses the stream", ["m=audio 0 RTP/AVP 0"], "sdp.no-common-codec"],
    ["has another codec", ["m=audio 4000 RTP/AVP 18"], "sdp.no-common-codec"],
    ["has another transport", ["m=audio 4000 RTP/SAVP 0"], "sdp.unsupported"],
    ["lacks the m= line", [], "sdp.malformed"],
  ])("is a failure where it %s", (_, media, code) => {
    expect(acceptAnswer(makeOffer(OURS), phone(media))).toMatchObject({ ok: false, error: { code } });
  });

  test("agrees with what the other end concludes, whatever either wants", () => {
    const directions: Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
    for (const mine of directions) {
      for (const theirs of directions) {
        const offer = makeOffer({ ...OURS, direction: mine });
        const other = { ...OURS, address: "192.0.2.2", port: 30_000, direction: theirs };
        const { answer, agreed } = must(answerOffer(must(parseSdp(formatSdp(offer))), other));
        const here = must(acceptAnswer(offer, must(parseSdp(formatSdp(answer)))));
        expect([here.codec, here.sendPayloadType, here.receiveEventType]).toEqual([
          agreed.codec,
          agreed.receivePayloadType,
          agreed.sendEventType,
        ]);
        const flow = {
          sendrecv: "sendrecv",
          sendonly: "recvonly",
          recvonly: "sendonly",
          inactive: "inactive",
        };
        expect(flow[here.direction]).toBe(agreed.direction);
      }
    }
  });
});

describe("the packet time we send", () => {
  test.each([
    [[], 20],
    [["a=ptime:10"], 10],
    [["a=ptime:40"], 40],
    [["a=ptime:35"], 30],
    [["a=ptime:5"], 10],
    [["a=ptime:200"], 60],
    [["a=maxptime:10"], 10],
    [["a=ptime:60", "a=maxptime:30"], 30],
    [["a=ptime:0"], 20],
  ])("for %j is %i ms", (attributes, ptimeMs) => {
    expect(must(answerOffer(phone(["m=audio 4000 RTP/AVP 0", ...attributes]), OURS)).agreed.ptimeMs).toBe(
      ptimeMs,
    );
  });
});

describe("our description", () => {
  test("keeps its session and version while nothing changes, and counts one more when something does", () => {
    const first = makeOffer(OURS);
    const again = makeOffer({ ...OURS, sessionId: "other" }, first);
    expect(again.origin).toEqual({ sessionId: "4711", version: 1, address: "192.0.2.1" });
    const held = makeOffer({ ...OURS, direction: "sendonly" }, again);
    expect(held.origin).toMatchObject({ sessionId: "4711", version: 2 });
    const moved = makeOffer({ ...OURS, direction: "sendonly", address: "192.0.2.9" }, held);
    expect(moved.origin).toMatchObject({ version: 3, address: "192.0.2.9" });
    const { answer } = must(answerOffer(phone(["m=audio 4000 RTP/AVP 8"]), OURS, moved));
    expect(answer.origin).toMatchObject({ sessionId: "4711", version: 4 });
  });

  test("keeps refused m= lines in their places in a later offer", () => {
    const { answer } = must(answerOffer(phone(["m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8"]), OURS));
    const offer = makeOffer(OURS, answer);
    expect(offer.media.map(({ type, port }) => [type, port])).toEqual([
      ["video", 0],
      ["audio", 20_000],
    ]);
    expect(must(acceptAnswer(offer, phone(["m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 8"]))).codec).toBe(
      "PCMA",
    );
  });

  test("names IPv6 addresses as such", () => {
    const text = formatSdp(makeOffer({ ...OURS, address: "2001:db8::1" }));
    expect(text).toContain("o=- 4711 1 IN IP6 2001:db8::1\r\n");
    expect(text).toContain("c=IN IP6 2001:db8::1\r\n");
  });

  test("offers the preferred codec first and every codec once", () => {
    const payloads = (prefer: "PCMU" | "PCMA") => makeOffer({ ...OURS, prefer }).media[0]?.payloads;
    expect(payloads("PCMU")).toEqual(["0", "8", "101"]);
    expect(payloads("PCMA")).toEqual(["8", "0", "101"]);
  });

  test("has no telephone events where we do not want them", () => {
    const offer = phone(["m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"]);
    const quiet = { ...OURS, telephoneEvent: false };
    expect(must(answerOffer(offer, quiet)).agreed).not.toHaveProperty("receiveEventType");
    expect(makeOffer(quiet).media[0]?.payloads).toEqual(["8", "0"]);
  });
});

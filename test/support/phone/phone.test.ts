import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { Hold } from "./call-media.ts";
import { createPhone, type Phone, type PhoneOptions } from "./phone.ts";
import type { PhoneCall } from "./phone-call.ts";
import { levelOf, patternPayloads, tonePayloads } from "./tone.ts";
import { until } from "./until.ts";

const opened: Phone[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((phone) => phone.close()));
});

const NOBODY = { transport: "udp", address: "127.0.0.1", port: 9 } as const;
const TONES = { alice: 400, bob: 700 };

async function phone(extension: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
  const made = await createPhone({ extension, password: "secret", server: NOBODY, ...options });
  opened.push(made);
  return made;
}

/** Two phones without a server between them: Alice's server is Bob. */
async function pair(
  alice: Partial<PhoneOptions> = {},
  bob: Partial<PhoneOptions> = {},
): Promise<{ alice: Phone; bob: Phone }> {
  const callee = await phone("bob", { tone: { hz: TONES.bob, levelDbfs: -20 }, ...bob });
  const server = { transport: "udp", address: "127.0.0.1", port: callee.local.port } as const;
  return {
    alice: await phone("alice", { tone: { hz: TONES.alice, levelDbfs: -10 }, server, ...alice }),
    bob: callee,
  };
}

async function talking(alice: Phone, bob: Phone): Promise<[PhoneCall, PhoneCall]> {
  const call = await alice.call("bob");
  await call.answered();
  return [call, await bob.nextCall()];
}

const received = (call: PhoneCall) => call.media.recorder;

describe("a tone", () => {
  test.each([-3, -10, -30, -40])("of %i dBFS is measured at its level, and not beside it", (levelDbfs) => {
    const payloads = tonePayloads({ hz: 400, levelDbfs }, "PCMA");
    const packets = Array.from({ length: 10 }, (_, i) => payloads(i));
    const decoded = Int16Array.from(packets.flatMap((payload) => [...decodePcma(payload)]));
    expect(levelOf(decoded, 400)).toBeCloseTo(levelDbfs, 0);
    expect(levelOf(decoded, 700)).toBeLessThan(levelDbfs - 30);
  });

  test("that is not there measures as silence", () => {
    expect(levelOf(new Int16Array(1600), 400)).toBe(-100);
  });
});

describe("two phones", () => {
  test("hear each other's tone, each at its level and nothing else", async () => {
    const { alice, bob } = await pair();
    const [called, answered] = await talking(alice, bob);
    await until(
      "250 ms of audio",
      () => received(called).packets.length > 12 && received(answered).packets.length > 12,
    );
    const heardByAlice = received(called).levels(TONES);
    const heardByBob = received(answered).levels(TONES);
    expect(heardByAlice.bob).toBeCloseTo(-20, 0);
    expect(heardByAlice.alice).toBeLessThan(-60);
    expect(heardByBob.alice).toBeCloseTo(-10, 0);
    expect(heardByBob.bob).toBeLessThan(-60);
  });

  test("agree on the first codec that both have", async () => {
    const { alice, bob } = await pair({ codecs: ["PCMU", "PCMA"] }, { codecs: ["PCMA"] });
    const [called, answered] = await talking(alice, bob);
    await until("audio", () => received(called).packets.length > 0 && received(answered).packets.length > 0);
    expect([received(called), received(answered)].map(({ packets }) => packets[0]?.payloadType)).toEqual([
      8, 8,
    ]);
  });

  test("refuse each other with 488 where they have no codec in common", async () => {
    const { alice } = await pair({ codecs: ["PCMU"] }, { codecs: ["PCMA"] });
    const call = await alice.call("bob");
    expect(await call.ended()).toMatchObject({ by: "them", status: 488 });
  });

  test("send fifty packets a second on one unbroken timeline, every payload as it was made", async () => {
    const payloads = patternPayloads(1);
    const { alice, bob } = await pair({ payloads });
    const [, answered] = await talking(alice, bob);
    await until("500 ms of audio", () => received(answered).packets.length >= 25);
    const { packets } = received(answered);
    packets.forEach((packet, i) => {
      expect(packet.payload).toEqual(payloads(i));
      expect(packet.marker).toBe(i === 0);
      expect((packet.sequence - (packets[0]?.sequence ?? 0)) & 0xffff).toBe(i);
      expect((packet.timestamp - (packets[0]?.timestamp ?? 0)) >>> 0).toBe(i * 160);
    });
    const [first, last] = [packets[0], packets.at(-1)];
    const elapsed = (last?.at ?? 0) - (first?.at ?? 0);
    expect(elapsed / (packets.length - 1)).toBeCloseTo(20, -1);
  });

  test("hang up: the one who did and the other both know who", async () => {
    const { alice, bob } = await pair();
    const [called, answered] = await talking(alice, bob);
    await called.hangup();
    expect(await answered.ended()).toEqual({ by: "them", reason: "" });
    expect(await called.ended()).toEqual({ by: "us", reason: "" });
    expect([alice.liveCalls, bob.liveCalls]).toEqual([0, 0]);
  });

  test("cancel and refuse", async () => {
    const { alice, bob } = await pair({}, { incoming: { type: "ring" } });
    const call = await alice.call("bob");
    const ringing = await bob.nextCall();
    await call.cancel();
    expect(await ringing.ended()).toMatchObject({ by: "them", status: 487 });
    expect(call.end).toMatchObject({ by: "us", status: 487 });

    bob.incoming = { type: "refuse", status: 486 };
    const refused = await alice.call("bob");
    await expect(refused.answered()).rejects.toThrow("486");
    expect(refused.statuses).toEqual([486]);
  });

  test("ring before they answer, with early media where they are told to", async () => {
    const { alice } = await pair({}, { incoming: { type: "answer", delayMs: 150, earlyMedia: true } });
    const call = await alice.call("bob");
    await until("early media", () => received(call).packets.length > 2);
    expect(call.state).toBe("ringing");
    await call.answered();
    expect(call.statuses).toEqual([183, 200]);
  });

  test("talk after a late offer", async () => {
    const { alice, bob } = await pair();
    const call = await alice.call("bob", { lateOffer: true });
    await call.answered();
    const answered = await bob.nextCall();
    await until(
      "audio both ways",
      () => received(call).packets.length > 2 && received(answered).packets.length > 2,
    );
  });

  test.each<[Hold, string, string]>([
    ["sendonly", "sendonly", "127.0.0.1"],
    ["inactive", "inactive", "127.0.0.1"],
    ["zero-address", "sendrecv", "0.0.0.0"],
    ["sendonly-zero-address", "sendonly", "0.0.0.0"],
  ])("hold by %s, fall silent, and talk again", async (way, direction, address) => {
    const { alice, bob } = await pair();
    const [called, answered] = await talking(alice, bob);
    await until("audio", () => received(called).packets.length > 2);
    expect(await called.hold(way)).toBe(200);
    expect(answered.remoteSdp).toMatchObject({ direction, address });
    expect([called.media.isSending, answered.media.isSending]).toEqual([false, false]);
    const before = received(called).packets.length;
    expect(await called.resume()).toBe(200);
    await until("audio again", () => received(called).packets.length > before + 5);
    expect(answered.reinvites).toBe(2);
    expect(answered.remoteSdp).toMatchObject({ direction: "sendrecv", address: "127.0.0.1" });
  });

  test("press keys by RFC 4733 and by both kinds of INFO", async () => {
    const { alice, bob } = await pair();
    const [called, answered] = await talking(alice, bob);
    await called.pressKey("4");
    await called.pressKey("#");
    await until("two keys", () => received(answered).digits === "4#");
    await called.pressKey("5", "info");
    await called.pressKey("*", "info-dtmf");
    expect(answered.infoDigits).toBe("5*");
    const events = received(answered).packets.filter(({ payloadType }) => payloadType === 101);
    expect(events.map(({ marker }) => marker).slice(0, 8)).toEqual([true, ...Array(7).fill(false)]);
    expect(events.slice(0, 8).map(({ payload }) => (payload[1] ?? 0) >> 7)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  test("answer OPTIONS, and know no call of a stray BYE", async () => {
    const { alice } = await pair();
    expect((await alice.request("OPTIONS")).status).toBe(200);
    expect((await alice.request("BYE")).status).toBe(481);
  });
});

describe("a phone and a server that keeps silent", () => {
  test("repeats its request until it is answered", async () => {
    const server = createSocket("udp4").bind(0, "127.0.0.1");
    await once(server, "listening");
    const heard: string[] = [];
    server.on("message", (bytes, from) => {
      heard.push(bytes.toString());
      if (heard.length < 2) return;
      const answer = bytes.toString().replace("OPTIONS sip:127.0.0.1 SIP/2.0", "SIP/2.0 200 OK");
      server.send(answer, from.port, from.address);
    });
    const { address, port } = server.address();
    const asking = await phone("alice", { server: { transport: "udp", address, port } });
    expect((await asking.request("OPTIONS")).status).toBe(200);
    expect(heard[1]).toBe(heard[0]);
    server.close();
  });
});

function decodePcma(payload: Uint8Array): Int16Array {
  // The curve itself (ITU-T G.711), so that the table is measured against something.
  return Int16Array.from(payload, (byte) => {
    const code = byte ^ 0x55;
    const exponent = (code >> 4) & 7;
    const mantissa = code & 15;
    const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
    return code & 0x80 ? magnitude : -magnitude;
  });
}

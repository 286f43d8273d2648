import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { SourceLock } from "./source-lock.ts";

const PHONE = ["192.0.2.10", 4000] as const;
const NAT = ["198.51.100.7", 61_000] as const;
const STRANGER = ["203.0.113.66", 5000] as const;
const SSRC = 0xdecade;

let lock: SourceLock;
beforeEach(() => {
  lock = new SourceLock();
  lock.learn(...PHONE);
});

/** The destination as one value. */
const destination = () => [lock.address, lock.port];

describe("a phone that sends from where its SDP says", () => {
  test("is locked with its first packet, which starts the stream", () => {
    expect(lock.accept(...PHONE, SSRC, 0)).toBe("restarted");
    expect(lock.locked).toBe(true);
    expect(lock.accept(...PHONE, SSRC, 20)).toBe("accepted");
    expect(lock.ssrc).toBe(SSRC);
  });

  test("is not displaced by a stranger, at once or later", () => {
    lock.accept(...PHONE, SSRC, 0);
    expect(lock.accept(...STRANGER, SSRC, 10)).toBe("stranger");
    expect(lock.accept(...STRANGER, SSRC, 100_000)).toBe("stranger");
    expect(destination()).toEqual(PHONE);
  });

  test("is told from another port of its own address", () => {
    lock.accept(...PHONE, SSRC, 0);
    expect(lock.accept(PHONE[0], PHONE[1] + 2, SSRC, 10)).toBe("stranger");
  });

  test("may restart its stream under another SSRC, and that is told", () => {
    lock.accept(...PHONE, SSRC, 0);
    expect(lock.accept(...PHONE, 0, 20)).toBe("restarted");
    expect(lock.accept(...PHONE, 0, 40)).toBe("accepted");
    expect(lock.ssrc).toBe(0);
  });
});

describe("a phone behind NAT", () => {
  test("is heard from its first packet, and sent to once it has kept sending for the learning window", () => {
    expect(lock.accept(...NAT, SSRC, 0)).toBe("restarted");
    expect(destination()).toEqual(PHONE);
    expect(lock.accept(...NAT, SSRC, 299)).toBe("accepted");
    expect(destination()).toEqual(PHONE);
    expect(lock.accept(...NAT, SSRC, 300)).toBe("accepted");
    expect(destination()).toEqual(NAT);
  });

  test("is not displaced by a second unknown source while it sends", () => {
    lock.accept(...NAT, SSRC, 0);
    expect(lock.accept(...STRANGER, SSRC, 10)).toBe("stranger");
    lock.accept(...NAT, SSRC, 320);
    expect(lock.accept(...STRANGER, SSRC, 10_000)).toBe("stranger");
  });

  test("gets in after a stranger's single packet, once that has fallen silent", () => {
    lock.accept(...STRANGER, 1, 0);
    expect(lock.accept(...NAT, SSRC, 300)).toBe("stranger");
    expect(lock.accept(...NAT, SSRC, 320)).toBe("restarted");
    expect(lock.accept(...NAT, SSRC, 620)).toBe("accepted");
    expect(destination()).toEqual(NAT);
  });
});

test("before the lock, the source of the SDP overrules whoever came first, however late it comes", () => {
  lock.accept(...STRANGER, 1, 0);
  expect(lock.accept(...PHONE, SSRC, 5000)).toBe("restarted");
  expect(lock.accept(...STRANGER, 1, 5001)).toBe("stranger");
  expect(destination()).toEqual(PHONE);
});

describe("after a renegotiation", () => {
  test("that repeats the SDP, the learned source is still sent to and its stream goes on", () => {
    lock.accept(...NAT, SSRC, 0);
    lock.accept(...NAT, SSRC, 300);
    lock.learn(...PHONE);
    expect(destination()).toEqual(NAT);
    expect(lock.accept(...STRANGER, 1, 400)).toBe("restarted");
    expect(destination()).toEqual(NAT);
    expect(lock.accept(...NAT, SSRC, 420)).toBe("restarted");
    expect(lock.accept(...NAT, SSRC, 440)).toBe("accepted");
    expect(lock.accept(...STRANGER, 1, 460)).toBe("stranger");
  });

  test("with nobody in between, the stream goes on without a restart", () => {
    lock.accept(...PHONE, SSRC, 0);
    lock.learn(...PHONE);
    expect(lock.accept(...PHONE, SSRC, 20)).toBe("accepted");
  });

  test("that names another address, that one is sent to and learned", () => {
    lock.accept(...PHONE, SSRC, 0);
    lock.learn("192.0.2.99", 6000);
    expect(destination()).toEqual(["192.0.2.99", 6000]);
    expect(lock.accept("192.0.2.99", 6000, SSRC, 20)).toBe("restarted");
    expect(lock.accept(...PHONE, SSRC, 40)).toBe("stranger");
  });

  test("a phone that moved to another NAT address is learned anew", () => {
    lock.accept(...PHONE, SSRC, 0);
    lock.learn(...PHONE);
    lock.accept(...NAT, SSRC, 20);
    lock.accept(...NAT, SSRC, 320);
    expect(destination()).toEqual(NAT);
  });
});

test("once locked, no sequence of strangers' packets changes where we send", () => {
  const packets = fc.array(
    fc.record({ host: fc.nat(3), port: fc.integer({ min: 1, max: 3 }), at: fc.nat(1000) }),
  );
  fc.assert(
    fc.property(packets, (others) => {
      const locked = new SourceLock();
      locked.learn(...PHONE);
      locked.accept(...PHONE, SSRC, 0);
      for (const { host, port, at } of others) {
        expect(locked.accept(`203.0.113.${host}`, port, host, at)).toBe("stranger");
      }
      expect([locked.address, locked.port]).toEqual(PHONE);
    }),
  );
});

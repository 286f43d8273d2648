import { describe, expect, test } from "vitest";
import { type LocalAddress, listenPointFor, localAddressFor } from "./local-address.ts";
import type { ListenPoint, TransportName } from "./types.ts";

const ADDRESSES: LocalAddress[] = [
  { address: "127.0.0.1", prefix: 8, internal: true },
  { address: "::1", prefix: 128, internal: true },
  { address: "192.0.2.10", prefix: 24, internal: false },
  { address: "10.0.0.1", prefix: 8, internal: false },
  { address: "10.1.2.1", prefix: 20, internal: false },
  { address: "2001:db8::10", prefix: 64, internal: false },
  { address: "2001:db8:1::10", prefix: 48, internal: false },
];

describe("the local address for a peer", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1", "loopback reaches us at loopback"],
    ["127.8.8.8", "127.0.0.1", "all of 127/8 is loopback"],
    ["localhost", "127.0.0.1", "so is localhost"],
    ["::1", "::1", "and its IPv6 twin"],
    ["192.0.2.200", "192.0.2.10", "a neighbour reaches us in its subnet"],
    ["10.200.0.1", "10.0.0.1", "a wide subnet counts"],
    ["10.1.15.255", "10.1.2.1", "the narrower subnet wins"],
    ["10.1.16.0", "10.0.0.1", "a prefix that ends inside an octet is kept exactly"],
    ["198.51.100.1", "192.0.2.10", "a stranger reaches us at the first address that leaves the machine"],
    ["sip.example.org", "192.0.2.10", "so does a name"],
    ["2001:db8:1:2::3", "2001:db8:1::10", "an IPv6 neighbour reaches us in its subnet"],
    ["[2001:db8:1:2::3]", "2001:db8:1::10", "with brackets too"],
    ["2001:db9::1", "2001:db8::10", "an IPv6 stranger gets an IPv6 address"],
    ["fe80::1%eth0", "2001:db8::10", "a zone is left aside"],
  ])("%s reaches us at %s: %s", (peer, address) => {
    expect(localAddressFor(peer, ADDRESSES)).toBe(address);
  });

  test("without any network it is loopback", () => {
    expect(localAddressFor("198.51.100.1", [])).toBe("127.0.0.1");
  });
});

describe("the listening point for a destination", () => {
  const points: ListenPoint[] = [
    { transport: "udp", address: "127.0.0.1", port: 1 },
    { transport: "udp", address: "0.0.0.0", port: 2 },
    { transport: "udp", address: "192.0.2.10", port: 3 },
    { transport: "udp", address: "::", port: 4 },
    { transport: "tcp", address: "127.0.0.1", port: 5 },
  ];

  test.each<[TransportName, string, number | undefined, string]>([
    ["udp", "127.0.0.1", 1, "loopback where the peer is"],
    ["udp", "198.51.100.1", 3, "outside where the peer is"],
    ["udp", "2001:db8::1", 4, "the peer's address family"],
    ["tcp", "198.51.100.1", 5, "the only one of its transport"],
    ["tls", "198.51.100.1", undefined, "none of another transport"],
  ])("for %s to %s it is %s: %s", (transport, host, port) => {
    expect(listenPointFor(points, { transport, host, port: 5060 })?.port).toBe(port);
  });
});

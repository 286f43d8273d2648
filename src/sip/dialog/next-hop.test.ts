import { describe, expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { responseTo } from "../message/build.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { parseUri } from "../message/uri.ts";
import type { Source } from "../transport/types.ts";
import { dialogOfReceived } from "./dialog.ts";
import { answeredDirectly, destinationOf, nextHop, sentDirectly } from "./next-hop.ts";

const uri = (text: string) => parseUri(text) ?? expect.fail(`no URI: ${text}`);

test.each([
  ["sip:bob@192.0.2.2", { transport: "udp", host: "192.0.2.2", port: 5060 }],
  ["sip:bob@192.0.2.2:5070;transport=TCP", { transport: "tcp", host: "192.0.2.2", port: 5070 }],
  ["sips:bob@phone.example", { transport: "tls", host: "phone.example", port: 5061 }],
  ["sip:bob@[2001:db8::1]", { transport: "udp", host: "2001:db8::1", port: 5060 }],
  ["sip:bob@example.net;maddr=192.0.2.7", { transport: "udp", host: "192.0.2.7", port: 5060 }],
])("%s leads to its host", (text, destination) => {
  expect(destinationOf(uri(text))).toEqual(destination);
});

describe("inside a dialog", () => {
  const peer = { transport: "udp", host: "198.51.100.1", port: 40000, flow: 3 } as const;
  const contact = (text: string) =>
    dialogOfReceived(sipRequest("INVITE", { lines: [`Contact: <${text}>`] }), "t");
  const routed = {
    ...contact("sip:a@10.0.0.5"),
    routeSet: [parseNameAddr("<sip:192.0.2.50;lr>") ?? expect.fail()],
  };

  test.each([
    ["a route set wins over everything", routed, true, { transport: "udp", host: "192.0.2.50", port: 5060 }],
    ["a Contact from behind a NAT is not believed", contact("sip:a@10.0.0.5"), true, peer],
    [
      "a Contact at the source is, and the flow is kept",
      contact("sip:a@198.51.100.1:5066"),
      true,
      { transport: "udp", host: "198.51.100.1", port: 5066, flow: 3 },
    ],
    [
      "behind a proxy the Contact decides",
      contact("sip:a@203.0.113.4"),
      false,
      { transport: "udp", host: "203.0.113.4", port: 5060 },
    ],
    [
      "a Contact for another transport at the source keeps the way",
      contact("sip:a@198.51.100.1;transport=tcp"),
      true,
      peer,
    ],
  ])("%s", (_, dialog, direct, destination) => {
    expect(nextHop(dialog, peer, direct)).toEqual(destination);
  });
});

test("an INVITE with one Via came directly, with two through a proxy", () => {
  const via = (host: string) => `SIP/2.0/UDP ${host};branch=z9hG4bK${host}`;
  expect(sentDirectly(sipRequest("INVITE", { via: [via("a")] }))).toBe(true);
  expect(sentDirectly(sipRequest("INVITE", { via: [via("p"), via("a")] }))).toBe(false);
});

test.each([
  ["sip:bob@10.0.0.5", "198.51.100.1", true, "repeats the private address that was called"],
  ["sip:bob@198.51.100.1", "198.51.100.1", true, "names the source"],
  ["sip:bob@203.0.113.4", "198.51.100.1", false, "names a third place"],
])("an answer whose Contact is %s from %s is direct: %s, it %s", (contactText, host, direct) => {
  const invite = sipRequest("INVITE", { uri: "sip:bob@10.0.0.5" });
  const contact = parseNameAddr(`<${contactText}>`) ?? expect.fail();
  const source: Source = {
    transport: "udp",
    host,
    port: 5060,
    flow: 1,
    localAddress: "192.0.2.1",
    localPort: 5060,
  };
  expect(answeredDirectly(invite, responseTo(invite, 200, { contact: [contact] }), source)).toBe(direct);
});

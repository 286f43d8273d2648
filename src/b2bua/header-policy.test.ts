import { expect, test } from "vitest";
import { parseMessage } from "../sip/message/parse.ts";
import { outgoingInvite } from "./header-policy.ts";
import type { User } from "./types.ts";

const caller: User = { extension: "2001", name: "Customer One", role: "customer", supervises: [] };
const callee: User = { extension: "1001", name: "Agent One", role: "agent", team: "sales", supervises: [] };

function invite(...extra: string[]) {
  const text = [
    "INVITE sip:1001@floor.example SIP/2.0",
    "Via: SIP/2.0/UDP 192.0.2.66:5062;branch=z9hG4bK7;rport",
    'From: "The Boss" <sip:3001@floor.example>;tag=secret-tag',
    "To: <sip:1001@floor.example>",
    "Call-ID: secret-call-id@192.0.2.66",
    "CSeq: 1 INVITE",
    "Contact: <sip:2001@192.0.2.66:5062>",
    ...extra,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  const parsed = parseMessage(new TextEncoder().encode(text));
  if (!parsed.ok || parsed.value.type !== "request") throw new Error("the test's own message is wrong");
  return parsed.value;
}

const outgoing = (...extra: string[]) =>
  outgoingInvite({ invite: invite(...extra), caller, callee, domain: "floor.example" });

test("the caller is who it proved to be, not who its phone says it is", () => {
  const { from } = outgoing();
  expect(from.displayName).toBe("Customer One");
  expect(from.uri).toMatchObject({ scheme: "sip", user: "2001", host: "floor.example" });
});

test("the callee is the extension that was dialled", () => {
  expect(outgoing().to).toMatchObject({ displayName: "Agent One", uri: { user: "1001" } });
});

test("Subject, Priority and Alert-Info reach the callee", () => {
  const { headers } = outgoing(
    "Alert-Info: <http://ring.example/urgent>",
    "Priority: urgent",
    "Subject: Delivery",
  );
  expect(headers).toEqual([
    { name: "Subject", value: "Delivery" },
    { name: "Priority", value: "urgent" },
    { name: "Alert-Info", value: "<http://ring.example/urgent>" },
  ]);
});

test("nothing else of the caller's leg appears on the callee's", () => {
  const text = JSON.stringify(
    outgoing(
      "P-Asserted-Identity: <sip:boss@floor.example>",
      "X-Secret: 192.0.2.66",
      "Authorization: Digest x=1",
    ),
    (_, value) => (value instanceof Map ? [...value] : value),
  );
  for (const secret of ["192.0.2.66", "secret", "Boss", "boss", "Digest", "X-"])
    expect(text).not.toContain(secret);
});

/**
 * Writes a `SipMessage` as octets (RFC 3261 §7). Content-Length is counted here and nowhere else. No value can break out of
 * its line: a CR or LF in one, wherever it came from, is written as a space.
 */
import type { Headers, SipMessage } from "./message.ts";
import { formatNameAddr } from "./name-addr.ts";
import { formatUri } from "./uri.ts";
import { formatVia } from "./via.ts";

const UTF8 = new TextEncoder();

/** The message as it goes over the wire. */
export function serialize(message: SipMessage): Uint8Array {
  const head = UTF8.encode(
    `${line(startLine(message))}${headerLines(message.headers)}Content-Length: ${message.body.length}\r\n\r\n`,
  );
  if (message.body.length === 0) return head;
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(head);
  bytes.set(message.body, head.length);
  return bytes;
}

function startLine(message: SipMessage): string {
  return message.type === "request"
    ? `${message.method} ${formatUri(message.uri)} SIP/2.0`
    : `SIP/2.0 ${message.status} ${message.reason}`;
}

/** What routes the message comes first, as RFC 3261 §7.3.1 recommends; the rest in the order it has. */
function headerLines(headers: Headers): string {
  let text = "";
  for (const via of headers.via) text += line(`Via: ${formatVia(via)}`);
  for (const route of headers.route) text += line(`Route: ${formatNameAddr(route)}`);
  for (const route of headers.recordRoute) text += line(`Record-Route: ${formatNameAddr(route)}`);
  if (headers.maxForwards !== undefined) text += line(`Max-Forwards: ${headers.maxForwards}`);
  text += line(`From: ${formatNameAddr(headers.from)}`);
  text += line(`To: ${formatNameAddr(headers.to)}`);
  text += line(`Call-ID: ${headers.callId}`);
  text += line(`CSeq: ${headers.cseq.number} ${headers.cseq.method}`);
  if (headers.contact === "*") text += line("Contact: *");
  else for (const contact of headers.contact) text += line(`Contact: ${formatNameAddr(contact)}`);
  for (const field of headers.others) text += line(`${field.name}: ${field.value}`);
  return text;
}

function line(text: string): string {
  return `${/[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, " ") : text}\r\n`;
}

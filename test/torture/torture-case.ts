/** One case of RFC 4475 in our own words and values, and what becomes of it here. */
export interface TortureCase {
  /** Of RFC 4475. */
  readonly section: string;
  readonly title: string;
  readonly octets: Uint8Array;
  /** What the parser makes of it: a message, a status that answers it, or nothing that could be answered. */
  readonly outcome: "understood" | "dropped" | 400 | 416 | 505;
  /** Where it is understood: what has to stand in the message. */
  readonly means?: object;
  /** Where it is understood: what the layers above owe it. */
  readonly owed?: string;
}

const UTF8 = new TextEncoder();

/** Octets of text. */
export function bytes(text: string): Uint8Array {
  return UTF8.encode(text);
}

/** SDP that no case is about. */
export const SDP =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.44\r\ns=-\r\nc=IN IP4 192.0.2.44\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/** A message of these lines, as written. */
export function raw(lines: readonly string[], body = ""): Uint8Array {
  return bytes(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/**
 * A message that is fine but for what is given: `fields` replaces (or, undefined, removes) the usual line of that name,
 * `more` follows them. CSeq takes its method from the start line.
 */
export function sip(
  start: string,
  fields: Readonly<Record<string, string | undefined>> = {},
  more: readonly string[] = [],
  body = "",
): Uint8Array {
  const method = start.startsWith("SIP/") ? "INVITE" : (start.trim().split(" ")[0] ?? "");
  const usual: Record<string, string | undefined> = {
    Via: "SIP/2.0/UDP phone.example.org:5062;branch=z9hG4bK-tor-1",
    "Max-Forwards": "70",
    From: "<sip:ann@example.org>;tag=an1",
    To: "<sip:bert@floor.example>",
    "Call-ID": "torture-77@phone.example.org",
    CSeq: `41 ${method}`,
    "Content-Length": String(bytes(body).length),
    ...fields,
  };
  const lines = Object.entries(usual).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return raw([start, ...lines, ...more], body);
}

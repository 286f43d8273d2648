/**
 * The head of a message as lines (RFC 3261 §7.3): where it ends, its fields unfolded, nothing yet understood.
 * Parser and framer both stand on it, so that they can never disagree on where a message ends.
 */
import { isLws, isToken, trimLws } from "./grammar.ts";
import { canonicalName } from "./header-names.ts";
import type { HeaderField } from "./message.ts";

const CR = 13;
const LF = 10;

// A BOM is a character of a value like any other, and octets that are no UTF-8 must not stop a message.
const UTF8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The octets as text. */
export function decodeText(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** How many octets of CR and LF stand before the start line: they are ignored (RFC 3261 §7.5). */
export function leadingLineEnds(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

/** The index of the CRLF CRLF that ends the head, looking from `from` on; -1 where it has not come. */
export function headEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
  }
  return -1;
}

/** Whether a CR or LF stands alone: it would be a line end to some receivers and none to others. */
export function hasLoneLineEnd(head: string): boolean {
  return /\r(?!\n)|(?<!\r)\n/.test(head);
}

/** The fields of a head: canonical names, unfolded values. `problem`: a line is no field, or a limit was met. */
export interface HeadFields {
  readonly fields: readonly HeaderField[];
  readonly problem?: "no-field" | "too-many" | "too-long";
}

/** Splits what follows the start line into fields. Stops at the first line that breaks a rule. */
export function splitFields(
  text: string,
  limits: { readonly headers: number; readonly headerLine: number },
): HeadFields {
  const fields: HeaderField[] = [];
  let at = 0;
  while (at < text.length) {
    if (fields.length === limits.headers) return { fields, problem: "too-many" };
    let end = lineEnd(text, at);
    let line = text.slice(at, end);
    at = end + 2;
    while (at < text.length && isLws(text.charCodeAt(at))) {
      end = lineEnd(text, at);
      line = `${line} ${trimLws(text.slice(at, end))}`;
      at = end + 2;
    }
    if (line.length > limits.headerLine) return { fields, problem: "too-long" };
    const colon = line.indexOf(":");
    const name = trimLws(line.slice(0, Math.max(colon, 0)));
    if (!isToken(name)) return { fields, problem: "no-field" };
    fields.push({ name: canonicalName(name), value: trimLws(line.slice(colon + 1)) });
  }
  return { fields };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\r\n", from);
  return end < 0 ? text.length : end;
}

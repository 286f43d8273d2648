/**
 * The lexical ground of RFC 3261 §25.1: tokens, linear white space, quoted strings, separators outside quotes.
 * Every function is linear in its input and gives undefined where the text does not fit; none throws.
 */

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const DIGITS = /^[0-9]+$/;

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const LESS = 60;
const GREATER = 62;
const BACKSLASH = 92;

/** Whether `text` is a `token`: what methods, header names and parameter names are made of. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether this character code is a space or a tab: `LWS` once lines are unfolded. */
export function isLws(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Strips spaces and tabs at both ends, and nothing else: `String.trim` would eat a byte order mark, which is a value's own. */
export function trimLws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isLws(text.charCodeAt(start))) start++;
  while (end > start && isLws(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** A decimal number from 0 to `max`; leading zeros are legal (RFC 4475 §3.1.1.1). */
export function parseNumber(text: string, max: number): number | undefined {
  if (!DIGITS.test(text)) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}

/** The index of the `"` that closes the quoted string opening at `from`; -1 where it never closes. */
export function closingQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return -1;
}

/** Splits at `separator` outside quoted strings and angle brackets, trimming each part; undefined where those do not balance. */
export function splitOutsideQuotes(text: string, separator: "," | ";"): string[] | undefined {
  const code = separator.charCodeAt(0);
  const parts: string[] = [];
  let start = 0;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const here = text.charCodeAt(i);
    if (here === QUOTE) {
      i = closingQuote(text, i);
      if (i < 0) return undefined;
    } else if (here === LESS || here === GREATER) {
      if (bracketed !== (here === GREATER)) return undefined;
      bracketed = !bracketed;
    } else if (here === code && !bracketed) {
      parts.push(trimLws(text.slice(start, i)));
      start = i + 1;
    }
  }
  if (bracketed) return undefined;
  parts.push(trimLws(text.slice(start)));
  return parts;
}

/** What a `quoted-string` means: quotes off, escapes resolved. `text` is quoted from end to end, or the answer is undefined. */
export function unquote(text: string): string | undefined {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE) return undefined;
  if (closingQuote(text, 0) !== text.length - 1) return undefined;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\(.)/gs, "$1") : inner;
}

/** Writes any text as a `quoted-string`: quotes, backslashes and control characters are escaped, line ends become spaces. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped here
  const escaped = text.replace(/[\r\n]+/g, " ").replace(/["\\\u0000-\u0008\u000b-\u001f\u007f]/g, "\\$&");
  return `"${escaped}"`;
}

/** Reads the key out of a SIP INFO body, in the two forms that phones send. Pure. */

/** The digit (0-9 * # A-D) of an INFO with this Content-Type and body; undefined where it is none. */
export function digitOfInfo(contentType: string | undefined, body: string): string | undefined {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase();
  if (type === "application/dtmf-relay") return normalize(/^\s*signal\s*=\s*(\S+)/im.exec(body)?.[1]);
  if (type === "application/dtmf") return normalize(body.trim());
  return undefined;
}

/** The body that carries a digit on to a leg (`application/dtmf-relay`). */
export function infoOfDigit(digit: string): { readonly type: string; readonly content: string } {
  return { type: "application/dtmf-relay", content: `Signal=${digit}\r\nDuration=160\r\n` };
}

/** Some phones send the event number instead of the sign: 10 is *, 11 is #, 12 to 15 are A to D. */
function normalize(signal: string | undefined): string | undefined {
  if (signal === undefined) return undefined;
  const sign = signal.toUpperCase();
  if (/^[0-9*#A-D]$/.test(sign)) return sign;
  return /^1[0-5]$/.test(sign) ? "*#ABCD"[Number(sign) - 10] : undefined;
}

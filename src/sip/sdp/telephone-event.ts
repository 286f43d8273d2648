/** Telephone events in SDP (RFC 4733 §2.5.1): which payload type carries them and whether the digits are among them. */
import type { Format } from "./session-description.ts";

/** DTMF digits 0-15 and hook flash. */
export const EVENT_FMTP = "0-16";
const LAST_DIGIT = 15;
const RATE = 8_000;

/** A telephone-event format at the rate of our codecs that has all DTMF digits. */
export function isDigitEvents(format: Format): boolean {
  return (
    format.encoding.toLowerCase() === "telephone-event" && format.rate === RATE && carriesDigits(format.fmtp)
  );
}

/** Our own telephone-event format under this payload type. */
export function eventFormat(payloadType: number): Format {
  return { payloadType, encoding: "telephone-event", rate: RATE, fmtp: EVENT_FMTP };
}

/** Whether an events list such as "0-15,66,70" covers 0 to 15, as an absent one does. */
export function carriesDigits(events: string | undefined): boolean {
  if (events === undefined) return true;
  const covered = new Set<number>();
  for (const part of events.replace(/^events=/, "").split(",")) {
    const range = /^([0-9]{1,3})(?:-([0-9]{1,3}))?$/.exec(part.trim());
    if (range === null) continue;
    const last = Math.min(Number(range[2] ?? range[1]), LAST_DIGIT);
    for (let event = Number(range[1]); event <= last; event++) covered.add(event);
  }
  return covered.size === LAST_DIGIT + 1;
}

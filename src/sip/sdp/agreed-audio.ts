/**
 * What one audio stream came to once both descriptions of it are there (RFC 3264 §6, §7, §8.4). The peer's hold is read
 * in every spelling: sendonly, inactive, an unspecified address, and all of them together.
 */
import { directionOf, limitedTo, mirrored, receives, sends } from "./direction.ts";
import { type Direction, type Format, isUnspecified, type MediaDescription } from "./session-description.ts";
import { isDigitEvents } from "./telephone-event.ts";

/** The audio codecs of this version, by their SDP encoding name. */
export const CODEC_NAMES = ["PCMU", "PCMA"] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

/** "send" is what we send to the peer, "receive" what we receive from it. */
export interface AgreedAudio {
  readonly codec: CodecName;
  /** The peer's number, in what we send. */
  readonly sendPayloadType: number;
  /** Our number, in what we receive. */
  readonly receivePayloadType: number;
  /** telephone-event, where both sides have it. */
  readonly sendEventType?: number;
  readonly receiveEventType?: number;
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number };
  /** Packet time the peer wants from us, ms. */
  readonly ptimeMs: number;
  /** As we see it: "recvonly" means that we send nothing. */
  readonly direction: Direction;
  /**
   * The peer has put us on hold: it does not want our audio. Where we did not offer any, its answer cannot say, and this
   * is false.
   */
  readonly remoteHolds: boolean;
}

/** Packet times that we can send: 20 ms unless the peer asks for another whole multiple of 10 ms. */
const PTIME = { step: 10, low: 10, high: 60, usual: 20 };
const RATE = 8_000;

/** The format under which a medium carries this codec. */
export function formatOf(media: MediaDescription, codec: CodecName): Format | undefined {
  return media.formats.find(({ encoding, rate }) => encoding.toUpperCase() === codec && rate === RATE);
}

/** What the writer of a description wants: an unspecified address means that it receives nothing (RFC 3264 §8.4). */
export function wantedDirection(media: MediaDescription): Direction {
  const { direction, address } = media;
  return isUnspecified(address) ? directionOf(sends(direction), false) : direction;
}

/** The outcome of two descriptions of one stream; undefined where they share no codec. The peer's order decides. */
export function agreeAudio(ours: MediaDescription, theirs: MediaDescription): AgreedAudio | undefined {
  const codec = theirs.formats
    .map(({ encoding }) => CODEC_NAMES.find((name) => name === encoding.toUpperCase()))
    .find((name) => name !== undefined && formatOf(ours, name) !== undefined);
  const sent = codec && formatOf(theirs, codec);
  const received = codec && formatOf(ours, codec);
  if (codec === undefined || sent === undefined || received === undefined) return undefined;
  const sentEvents = theirs.formats.find(isDigitEvents);
  const receivedEvents = ours.formats.find(isDigitEvents);
  const wanted = wantedDirection(theirs);
  return {
    codec,
    sendPayloadType: sent.payloadType,
    receivePayloadType: received.payloadType,
    ...(sentEvents && receivedEvents
      ? { sendEventType: sentEvents.payloadType, receiveEventType: receivedEvents.payloadType }
      : {}),
    remote: { address: theirs.address, port: theirs.port, rtcpPort: theirs.rtcpPort },
    ptimeMs: packetTime(theirs),
    direction: limitedTo(ours.direction, mirrored(wanted)),
    remoteHolds: sends(ours.direction) && !receives(wanted),
  };
}

/** The packet time to send: what the peer asks for, within what it and we can do. */
function packetTime({ ptimeMs, maxPtimeMs }: MediaDescription): number {
  const most = Math.min(maxPtimeMs ?? PTIME.high, PTIME.high);
  const asked = Math.min(ptimeMs ?? PTIME.usual, most);
  return Math.max(PTIME.low, asked - (asked % PTIME.step));
}

/**
 * Offer and answer of one audio stream (RFC 3264): what we write, and what is agreed once the answer is there. Pure: our
 * address, port and session id come in, and so does the last description we sent. It never accepts a stream that we could
 * not carry, and answers every other m= line with port 0.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { type AgreedAudio, agreeAudio, type CodecName, formatOf, wantedDirection } from "./agreed-audio.ts";
import { limitedTo, mirrored, receives } from "./direction.ts";
import { formatSdp } from "./format-sdp.ts";
import type { Direction, Format, MediaDescription, SessionDescription } from "./session-description.ts";
import { eventFormat, isDigitEvents } from "./telephone-event.ts";

export type { AgreedAudio, CodecName } from "./agreed-audio.ts";

/** What we can and want to do on a leg. */
export interface AudioCapabilities {
  /** Most preferred first; at least one. */
  readonly codecs: readonly CodecName[];
  /** To be taken before all others where both have it: the codec of the other leg, so that audio can be relayed. */
  readonly prefer?: CodecName;
  /** Our RTP address, without brackets, and port; RTCP is on the next one. */
  readonly address: string;
  readonly port: number;
  /** RFC 4733 events. */
  readonly telephoneEvent: boolean;
  /** Packet time we want to receive, ms. */
  readonly ptimeMs: number;
  /** What we want of the stream; "sendrecv" unless said otherwise. */
  readonly direction?: Direction;
  /** Names our session in o=: decimal digits, used where there is no previous description. */
  readonly sessionId: string;
}

/** What an offer came to: the description to send back and what it agrees on. */
export interface Answered {
  readonly answer: SessionDescription;
  readonly agreed: AgreedAudio;
}

/** RFC 3551 fixes the codecs' numbers; 101 is what nearly all phones use for events. */
const PAYLOAD_TYPES: Readonly<Record<CodecName, number>> = { PCMU: 0, PCMA: 8 };
const EVENT_PAYLOAD_TYPE = 101;
const RATE = 8_000;
/** AVPF differs from AVP in feedback that nobody has to send (RFC 4585). */
const PROTOCOLS = ["RTP/AVP", "RTP/AVPF"];

/**
 * An offer of ours. `previous` is the last description we sent in this session: m= lines keep their places (RFC 3264 §8),
 * and o= keeps its version where nothing changed.
 */
export function makeOffer(
  capabilities: AudioCapabilities,
  previous?: SessionDescription,
): SessionDescription {
  const formats = preferred(capabilities).map(
    (codec): Format => ({ payloadType: PAYLOAD_TYPES[codec], encoding: codec, rate: RATE }),
  );
  if (capabilities.telephoneEvent) formats.push(eventFormat(EVENT_PAYLOAD_TYPE));
  const audio = ourAudio(capabilities, "RTP/AVP", formats, capabilities.direction ?? "sendrecv");
  const before = previous?.media ?? [];
  const place = Math.max(0, activeAudio(before));
  const media = before.map((medium, index) => (index === place ? audio : refused(medium)));
  return describe(capabilities, media.length === 0 ? [audio] : media, previous);
}

/**
 * Our answer to an offer. The first stream that shares a codec is taken, with that one codec: ours decides the order.
 * `previous` as for `makeOffer`. Errors: `sdp.no-common-codec`, and `sdp.unsupported` where audio is offered only over
 * transports we do not speak (SRTP, DTLS).
 */
export function answerOffer(
  offer: SessionDescription,
  capabilities: AudioCapabilities,
  previous?: SessionDescription,
): Result<Answered, Failure> {
  const wanted = capabilities.direction ?? "sendrecv";
  for (const [place, offered] of offer.media.entries()) {
    const codec = isUsable(offered) ? firstCommon(offered, capabilities) : undefined;
    if (codec === undefined) continue;
    const direction = limitedTo(wanted, mirrored(wantedDirection(offered)));
    const audio = ourAudio(
      capabilities,
      offered.protocol,
      answerFormats(offered, codec, capabilities),
      direction,
    );
    const agreed = agreeAudio(audio, offered);
    if (agreed === undefined) continue;
    const media = offer.media.map((medium, index) => (index === place ? audio : refused(medium)));
    // An offer speaks for itself, however our answer limits it.
    const remoteHolds = !receives(wantedDirection(offered));
    return ok({ answer: describe(capabilities, media, previous), agreed: { ...agreed, remoteHolds } });
  }
  return err(refusal(offer.media));
}

/** What the peer's answer makes of our offer. Errors: `sdp.malformed`, `sdp.no-common-codec`, `sdp.unsupported`. */
export function acceptAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
): Result<AgreedAudio, Failure> {
  const place = activeAudio(offer.media);
  const ours = offer.media[place];
  const theirs = answer.media[place];
  if (ours === undefined || theirs === undefined) {
    return err(failure("sdp.malformed", "the answer has fewer m= lines than the offer"));
  }
  const agreed = isUsable(theirs) ? agreeAudio(ours, theirs) : undefined;
  return agreed === undefined ? err(refusal([theirs])) : ok(agreed);
}

/** Our codecs, the preferred one first. */
function preferred({ codecs, prefer }: AudioCapabilities): CodecName[] {
  return prefer !== undefined && codecs.includes(prefer) ? [...new Set([prefer, ...codecs])] : [...codecs];
}

function firstCommon(offered: MediaDescription, capabilities: AudioCapabilities): Format | undefined {
  for (const codec of preferred(capabilities)) {
    const format = formatOf(offered, codec);
    if (format !== undefined) return format;
  }
  return undefined;
}

/** The offer's own payload types are used both ways (RFC 3264 §6.1). */
function answerFormats(offered: MediaDescription, codec: Format, capabilities: AudioCapabilities): Format[] {
  const events = capabilities.telephoneEvent ? offered.formats.find(isDigitEvents) : undefined;
  return events === undefined ? [codec] : [codec, eventFormat(events.payloadType)];
}

function ourAudio(
  { address, port, ptimeMs }: AudioCapabilities,
  protocol: string,
  formats: readonly Format[],
  direction: Direction,
): MediaDescription {
  const payloads = formats.map(({ payloadType }) => String(payloadType));
  return {
    type: "audio",
    port,
    protocol,
    payloads,
    formats,
    address,
    rtcpPort: port + 1,
    direction,
    ptimeMs,
  };
}

function refused(medium: MediaDescription): MediaDescription {
  const payloads = medium.payloads.length === 0 ? ["0"] : medium.payloads;
  return { ...medium, port: 0, rtcpPort: 1, payloads, formats: [], direction: "inactive" };
}

/** Our description of these media, its version one more than the previous one's if anything differs (RFC 3264 §8). */
function describe(
  { address, sessionId }: AudioCapabilities,
  media: readonly MediaDescription[],
  previous: SessionDescription | undefined,
): SessionDescription {
  if (previous === undefined) return { origin: { sessionId, version: 1, address }, media };
  const { origin } = previous;
  const same = { origin: { ...origin, address }, media };
  if (formatSdp(same) === formatSdp(previous)) return same;
  return { origin: { ...origin, address, version: origin.version + 1 }, media };
}

function isUsable(medium: MediaDescription): boolean {
  return medium.type === "audio" && medium.port !== 0 && PROTOCOLS.includes(medium.protocol.toUpperCase());
}

function activeAudio(media: readonly MediaDescription[]): number {
  return media.findIndex(({ type, port }) => type === "audio" && port !== 0);
}

/** Why none of these can be taken. */
function refusal(media: readonly MediaDescription[]): Failure {
  const audio = media.filter(({ type, port }) => type === "audio" && port !== 0);
  const foreign = audio.length > 0 && !audio.some(isUsable);
  return foreign ? failure("sdp.unsupported", audio[0]?.protocol) : failure("sdp.no-common-codec");
}

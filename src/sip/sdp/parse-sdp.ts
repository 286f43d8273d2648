/**
 * Reads a session description (RFC 8866) into our model. The grammar is `sdp-transform`'s, the judgement is ours:
 * what it passes over in silence and a call cannot do without is `sdp.malformed` here. Never throws.
 */
import {
  type MediaDescription as ParsedMedia,
  type SessionDescription as ParsedSession,
  parse,
} from "sdp-transform";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Format, MediaDescription, SessionDescription } from "./session-description.ts";

/** Characters of a description, and of one of its lines: many times what phones send, too few to keep the grammar's regexes busy. */
const MAX_LENGTH = 16_384;
const MAX_LINE = 2_048;
const MAX_MEDIA = 32;

/** Payload types that need no rtpmap (RFC 3551 §6): the audio ones phones still name so. */
const STATIC: Readonly<Record<number, string>> = {
  0: "PCMU",
  3: "GSM",
  8: "PCMA",
  9: "G722",
  13: "CN",
  18: "G729",
};

/** Reads `text`; `sdp.malformed` says what is missing or wrong. */
export function parseSdp(text: string): Result<SessionDescription, Failure> {
  const lines = text.split(/\r\n|\r|\n/);
  if (text.length > MAX_LENGTH || lines.some((line) => line.length > MAX_LINE)) return malformed("too long");
  if (lines[0] !== "v=0") return malformed("it does not begin with v=0");
  const session = parse(text);
  const { origin } = session;
  if (origin?.address === undefined) return malformed("o= line");
  if (session.media.length > MAX_MEDIA) return malformed("too many m= lines");
  const media: MediaDescription[] = [];
  for (const parsed of session.media) {
    const one = readMedia(parsed, session);
    if (one === undefined) return malformed(`m= line ${media.length + 1}`);
    media.push(one);
  }
  return ok({
    origin: {
      sessionId: String(origin.sessionId),
      version: Number(origin.sessionVersion),
      address: String(origin.address),
    },
    media,
  });
}

/** One medium with the session level's defaults; undefined where its m= line is broken or nothing says where it lives. */
function readMedia(parsed: Partial<ParsedMedia>, session: ParsedSession): MediaDescription | undefined {
  const { type, port, protocol } = parsed;
  if (
    type === undefined ||
    type === "" ||
    typeof port !== "number" ||
    port > 65_535 ||
    protocol === undefined
  ) {
    return undefined;
  }
  const address = parsed.connection?.ip ?? session.connection?.ip ?? "";
  if (port !== 0 && address === "") return undefined;
  const payloads = String(parsed.payloads ?? "")
    .split(" ")
    .filter((payload) => payload !== "");
  return {
    type: String(type),
    port,
    protocol: String(protocol),
    payloads,
    formats: payloads.flatMap((payload) => readFormat(payload, parsed)),
    // RFC 8866 §5.7: a multicast address may carry "/ttl", a unicast one never does.
    address: String(address).split("/")[0] ?? "",
    rtcpPort: portOr(parsed.rtcp?.port, port + 1),
    direction: parsed.direction ?? session.direction ?? "sendrecv",
    ...positive("ptimeMs", parsed.ptime),
    ...positive("maxPtimeMs", parsed.maxptime),
  };
}

/** The format a payload number stands for, or nothing where neither rtpmap nor RFC 3551 names it. */
function readFormat(payload: string, parsed: Partial<ParsedMedia>): Format[] {
  if (!/^[0-9]{1,3}$/.test(payload) || Number(payload) > 127) return [];
  const payloadType = Number(payload);
  const map = parsed.rtp?.find((one) => one.payload === payloadType);
  const encoding = map === undefined ? STATIC[payloadType] : String(map.codec);
  if (encoding === undefined) return [];
  const fmtp = parsed.fmtp?.find((one) => one.payload === payloadType)?.config;
  const format = { payloadType, encoding, rate: Number(map?.rate ?? 8_000) };
  return [fmtp === undefined ? format : { ...format, fmtp: String(fmtp) }];
}

function portOr(port: unknown, otherwise: number): number {
  return typeof port === "number" && port > 0 && port <= 65_535 ? port : otherwise;
}

function positive<K extends string>(key: K, value: unknown): { [P in K]?: number } {
  return typeof value === "number" && value > 0 ? ({ [key]: value } as { [P in K]?: number }) : {};
}

function malformed(detail: string): Result<never, Failure> {
  return err(failure("sdp.malformed", detail));
}

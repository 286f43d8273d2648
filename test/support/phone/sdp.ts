import type { Address } from "./link.ts";

/** A phone's own little SDP, apart from the server's: one audio stream. */
export interface AudioSdp extends Address {
  readonly direction: Direction;
  /** Payload types in order, with their encoding ("PCMU", "telephone-event"). */
  readonly formats: readonly { readonly payloadType: number; readonly encoding: string }[];
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";
export type CodecName = "PCMU" | "PCMA";

const STATIC: Readonly<Record<number, CodecName>> = { 0: "PCMU", 8: "PCMA" };
const EVENT = "telephone-event";

/** The formats a phone offers: its codecs, then telephone-event. */
export function formatsOf(codecs: readonly CodecName[], eventType = 101): AudioSdp["formats"] {
  return [
    ...codecs.map((encoding) => ({ payloadType: encoding === "PCMU" ? 0 : 8, encoding })),
    { payloadType: eventType, encoding: EVENT },
  ];
}

export function writeSdp(sdp: AudioSdp, version: number): string {
  const { address, port, direction, formats } = sdp;
  return [
    "v=0",
    `o=phone 1 ${version} IN IP4 127.0.0.1`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP ${formats.map(({ payloadType }) => payloadType).join(" ")}`,
    ...formats.map(({ payloadType, encoding }) => `a=rtpmap:${payloadType} ${encoding}/8000`),
    ...formats
      .filter(({ encoding }) => encoding === EVENT)
      .map((event) => `a=fmtp:${event.payloadType} 0-15`),
    "a=ptime:20",
    `a=${direction}`,
    "",
  ].join("\r\n");
}

/** Reads the audio of a description; undefined where it has none that is accepted. */
export function readSdp(text: string): AudioSdp | undefined {
  const audio = /^m=audio (\d+) \S+ ([\d ]+)/m.exec(text);
  if (audio === null || audio[1] === "0") return undefined;
  const media = text.slice(audio.index);
  const encodings = new Map(
    [...media.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)].map(([, type, encoding]) => [Number(type), encoding]),
  );
  const formats = (audio[2] ?? "").trim().split(/ +/).map(Number);
  const connection = /^c=IN IP[46] (\S+)/m;
  return {
    address: (connection.exec(media) ?? connection.exec(text))?.[1] ?? "",
    port: Number(audio[1]),
    direction: directionIn(media) ?? directionIn(text.slice(0, audio.index)) ?? "sendrecv",
    formats: formats.map((payloadType) => ({
      payloadType,
      encoding: encodings.get(payloadType) ?? STATIC[payloadType] ?? "",
    })),
  };
}

/** What we answer to an offer: its first codec that we have, and its telephone-event; undefined without a common codec. */
export function commonFormats(
  offered: AudioSdp["formats"],
  codecs: readonly CodecName[],
): AudioSdp["formats"] | undefined {
  const codec = offered.find(({ encoding }) => codecs.some((name) => name === encoding));
  if (codec === undefined) return undefined;
  return [codec, ...offered.filter(({ encoding }) => encoding === EVENT)];
}

/** The direction that answers an offered one. */
export function mirrored(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  return direction === "recvonly" ? "sendonly" : direction;
}

export function eventTypeOf(formats: AudioSdp["formats"]): number | undefined {
  return formats.find(({ encoding }) => encoding === EVENT)?.payloadType;
}

function directionIn(text: string): Direction | undefined {
  const found = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(text)?.[1];
  return found as Direction | undefined;
}

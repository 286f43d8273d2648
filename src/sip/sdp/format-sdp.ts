/** Writes our model as a session description (RFC 8866 §5), its grammar left to `sdp-transform`. */
import { type MediaDescription as WrittenMedia, write } from "sdp-transform";
import type { MediaDescription, SessionDescription } from "./session-description.ts";

/** The text of a description, lines ended by CRLF. The user name of o= and the session name are "-". */
export function formatSdp(description: SessionDescription): string {
  const { sessionId, version, address } = description.origin;
  return write({
    version: 0,
    origin: {
      username: "-",
      sessionId,
      sessionVersion: version,
      netType: "IN",
      ipVer: ipVersion(address),
      address,
    },
    name: "-",
    connection: { version: ipVersion(address), ip: address },
    timing: { start: 0, stop: 0 },
    media: description.media.map((media) => writtenMedia(media, address)),
  });
}

/** A refused medium is its m= line alone (RFC 3264 §6). */
function writtenMedia(media: MediaDescription, sessionAddress: string): WrittenMedia {
  const { type, port, protocol, formats, address, ptimeMs, maxPtimeMs } = media;
  const line = { type, port, protocol, payloads: media.payloads.join(" "), rtp: [], fmtp: [] };
  if (port === 0) return line;
  return {
    ...line,
    ...(address === sessionAddress ? {} : { connection: { version: ipVersion(address), ip: address } }),
    rtp: formats.map(({ payloadType, encoding, rate }) => ({ payload: payloadType, codec: encoding, rate })),
    fmtp: formats.flatMap(({ payloadType, fmtp }) =>
      fmtp === undefined ? [] : [{ payload: payloadType, config: fmtp }],
    ),
    ...(media.rtcpPort === port + 1 ? {} : { rtcp: { port: media.rtcpPort } }),
    ...(ptimeMs === undefined ? {} : { ptime: ptimeMs }),
    ...(maxPtimeMs === undefined ? {} : { maxptime: maxPtimeMs }),
    direction: media.direction,
  };
}

function ipVersion(address: string): number {
  return address.includes(":") ? 6 : 4;
}

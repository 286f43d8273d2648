/**
 * The part of a session description that a telephone call needs (RFC 8866), with what the session level says already
 * merged into each medium: media level beats session level, once, when it is read.
 */

/** Whether media flows, as the side that wrote the description sees it (RFC 8866 §6.7). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** One payload format of an RTP medium. */
export interface Format {
  readonly payloadType: number;
  /** Encoding name as written: "PCMU", "telephone-event". Compares without case. */
  readonly encoding: string;
  /** Clock rate, Hz. */
  readonly rate: number;
  /** What stands behind `a=fmtp:<payload type> `. */
  readonly fmtp?: string;
}

/** One m= line and what belongs to it. */
export interface MediaDescription {
  /** "audio", "video", ... */
  readonly type: string;
  /** 0 where the medium is refused or ended. */
  readonly port: number;
  /** "RTP/AVP", ... as written. */
  readonly protocol: string;
  /** The formats as the m= line lists them, most preferred first. */
  readonly payloads: readonly string[];
  /** Those of them that are named, by rtpmap or as static payload types (RFC 3551 §6), in the same order. */
  readonly formats: readonly Format[];
  /** Connection address without brackets; "" where none is given. */
  readonly address: string;
  /** The port after `port` unless a=rtcp names another (RFC 3605). */
  readonly rtcpPort: number;
  readonly direction: Direction;
  /** Packet time the writer wants to receive, ms. */
  readonly ptimeMs?: number;
  readonly maxPtimeMs?: number;
}

/** A whole description. */
export interface SessionDescription {
  readonly origin: {
    readonly sessionId: string;
    /** Counts the changes of one session's description (RFC 3264 §8). */
    readonly version: number;
    readonly address: string;
  };
  readonly media: readonly MediaDescription[];
}

/** "IN IP4 0.0.0.0" and its IPv6 twin: send me nothing, the old way to hold (RFC 3264 §8.4). */
export function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || /^[0:]+$/.test(address);
}

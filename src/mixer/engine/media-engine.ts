import type { Emitter } from "../../core/emitter.ts";
import type { Failure } from "../../core/failure.ts";
import type { Result } from "../../core/result.ts";
import type { Matrix, PortId } from "../matrix.ts";

/** The audio codecs of this version, by their SDP encoding name. */
export type CodecName = "PCMU" | "PCMA";

/** What a negotiated SDP says of one leg's audio. Directions are ours: "received" from the leg, "sent" to the leg. */
export interface PortMedia {
  readonly codec: CodecName;
  /** Payload type in packets sent to the leg (the peer's number). */
  readonly sendPayloadType: number;
  /** Payload type in packets received from the leg (our number). */
  readonly receivePayloadType: number;
  /** telephone-event (RFC 4733) payload types, where negotiated. */
  readonly sendEventType?: number;
  readonly receiveEventType?: number;
  /** Where the peer's SDP says its audio goes; the source is learned from its packets and then locked (symmetric RTP). */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number };
  /** Packet time sent to the leg, ms; 20 unless the peer asks otherwise. */
  readonly ptimeMs: number;
}

export interface PortOpened {
  readonly port: PortId;
  /** The even RTP port; RTCP is the next one. */
  readonly rtpPort: number;
  readonly ssrc: number;
}

/** Counters since the port opened. Packets unless said otherwise. */
export interface PortStatistics {
  readonly received: number;
  readonly sent: number;
  readonly receivedOctets: number;
  readonly sentOctets: number;
  /** Expected minus received, RFC 3550 A.3. */
  readonly lost: number;
  /** Interarrival jitter, RFC 3550 A.8, ms. */
  readonly jitterMs: number;
  /** Dropped because the source was not the locked one. */
  readonly strangers: number;
  /** Dropped because they were no RTP we negotiated: version, length, payload type. */
  readonly malformed: number;
  /** Dropped because their slot was already filled by the tick. */
  readonly late: number;
  /** Round-trip time by RTCP, ms; 0 while unknown. */
  readonly roundTripMs: number;
}

export type MediaEvents = {
  /** A telephone-event began: at its first packet (RFC 4733 §2.5.1.2), once per press. `digit` is one of 0-9 * # A-D. */
  digit: [port: PortId, digit: string];
  /** Nothing was received from the leg for the RTP timeout, though something was expected. */
  silent: [port: PortId];
  /** A worker is gone, with these ports: their audio has stopped. `cause` is for the log. */
  lost: [ports: readonly PortId[], cause: string];
};

/**
 * The media plane as signalling sees it. Commands take effect in the order given; `setMatrix` between two frames.
 * The engine never decides who hears whom: only the matrix does.
 */
export interface MediaEngine {
  readonly events: Emitter<MediaEvents>;
  /** Opens an RTP/RTCP pair for a leg. Ports of one `call` share a worker. Errors: `media.no-ports`, `media.engine-lost`. */
  openPort(call: string, options?: PortOptions): Promise<Result<PortOpened, Failure>>;
  /** What negotiation agreed; again after a re-INVITE (the source is then learned anew). */
  configurePort(port: PortId, media: PortMedia): void;
  /**
   * Takes a port beside the ports of another call, whose matrix may name it from now on; the far end sees one stream. Where
   * that call lives on another worker its UDP ports are closed and bound again, and its counters of what was received begin anew.
   */
  movePort(port: PortId, call: string): void;
  /** Replaces the whole matrix of a call between two frames. */
  setMatrix(call: string, matrix: Matrix): void;
  /** Closes the sockets; the port leaves every matrix first. Resolves to its last counters once the UDP ports are free. */
  closePort(port: PortId): Promise<PortStatistics>;
  statistics(port: PortId): Promise<PortStatistics | undefined>;
  /** How many ports are open. */
  readonly ports: number;
  close(): Promise<void>;
}

export interface PortOptions {
  /** Report `silent` when nothing is received for so long, ms; 0 never. */
  readonly timeoutMs?: number;
}

export interface EngineOptions {
  /** Address the sockets bind to. */
  readonly bindAddress: string;
  /** Inclusive range; pairs start at even numbers. */
  readonly portRange: { readonly low: number; readonly high: number };
}

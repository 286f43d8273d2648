import type { User } from "../../b2bua/types.ts";
import type { CodecName } from "../../mixer/engine/media-engine.ts";
import type { ListenPoint } from "../../sip/transport/types.ts";

/** A configured person or phone, with the secret its phone registers with. */
export interface ConfiguredUser extends User {
  readonly password: string;
}

/** The whole configuration, checked, defaults and secrets filled in. docs/configuration.md describes every key. */
export interface Configuration {
  /** What the operator should know though it stops nothing: settings that are accepted and not in effect yet. */
  readonly warnings: readonly string[];
  readonly sip: {
    readonly listen: readonly ListenPoint[];
    /** The host part of addresses and the realm of digest authentication. */
    readonly domain: string;
    /** Paths of PEM files; present wherever a listen point needs them, and readable. */
    readonly tls?: { readonly certificate: string; readonly key: string };
    /** Seconds a phone may register for. */
    readonly registration: { readonly minExpires: number; readonly maxExpires: number };
  };
  readonly auth: {
    /** In order of preference; a phone is offered all of them. */
    readonly algorithms: readonly DigestAlgorithm[];
  };
  readonly media: {
    /** Advertised in SDP; absent: the local address of the route to the peer. */
    readonly address?: string;
    /** Inclusive; an RTP port is even and the next one is its RTCP port. */
    readonly ports: { readonly low: number; readonly high: number };
    /** In order of preference. */
    readonly codecs: readonly CodecName[];
    readonly srtp: "off";
    /** Seconds without a packet after which a leg that should send is hung up; 0 never. */
    readonly timeout: number;
  };
  readonly calls: {
    /** Seconds an extension rings before the caller is told that nobody answers. */
    readonly ringTimeout: number;
  };
  readonly users: readonly ConfiguredUser[];
  readonly supervision: {
    /** What a supervisor dials before the extension. */
    readonly codes: Readonly<Record<"monitor" | "whisper" | "barge" | "takeover", string>>;
    /** What a supervisor presses during the call. */
    readonly keys: Readonly<Record<"monitor" | "whisper" | "barge" | "takeover" | "handback", string>>;
    /** Whether a supervisor's leg ends with the call, or waits in silence for the extension's next one. */
    readonly afterCall: "end" | "wait";
  };
  readonly store: { readonly path: string };
  readonly log: { readonly level: LogLevel };
}

export const DIGEST_ALGORITHMS = ["SHA-256", "MD5"] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

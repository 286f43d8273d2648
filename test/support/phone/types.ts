import type { HeaderField, NameAddr } from "../../../src/sip/message/message.ts";
import type { Address } from "./link.ts";
import type { CodecName } from "./sdp.ts";
import type { SipEndpoint } from "./sip-endpoint.ts";
import type { Payloads } from "./tone.ts";

/** How a call ended. */
export interface CallEnd {
  readonly by: "us" | "them";
  /** Of a call that was never answered. */
  readonly status?: number;
  /** The reason phrase of that status, or the Reason field of a BYE or CANCEL. */
  readonly reason: string;
}

export interface CallOptions {
  /** Sends the INVITE without SDP; the offer of the 200 is answered in the ACK. */
  readonly lateOffer?: boolean;
  /** Sent instead of our own SDP, in the INVITE or in the ACK that answers a late offer. */
  readonly sdp?: string;
  readonly headers?: readonly HeaderField[];
}

/** What a call needs of its phone. */
export interface PhoneContext {
  readonly endpoint: SipEndpoint;
  readonly codecs: readonly CodecName[];
  /** The payload type of telephone-event in our offers. */
  readonly eventType: number;
  readonly contact: NameAddr;
  /** Where an INVITE outside a dialog goes. */
  readonly server: Address;
  payloads(codec: CodecName): Payloads;
  /** Told once, when the call is over. */
  ended(): void;
}

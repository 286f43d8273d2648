import type { Emitter } from "../../core/emitter.ts";
import type { Failure } from "../../core/failure.ts";
import type { HeaderField, NameAddr, SipRequest, SipResponse, Uri } from "../message/message.ts";
import type { Destination, Source } from "../transport/types.ts";

/** What goes into a message beyond what the dialog itself fills in. */
export interface Content {
  readonly headers?: readonly HeaderField[];
  /** A body and its type, for example an SDP answer. */
  readonly body?: { readonly type: string; readonly content: string };
  /** Overrides the standard reason phrase of a response. */
  readonly reason?: string;
}

/** A request of the peer inside the dialog other than BYE, CANCEL, ACK: the user answers it once. */
export interface ReceivedRequest {
  readonly request: SipRequest;
  /** Final or provisional answer. A 2xx to a re-INVITE is retransmitted until its ACK comes. */
  respond(status: number, content?: Content): void;
}

/** One INVITE dialog that we terminate, whoever began it (RFC 3261 §12, §13, §15): early, confirmed, ended. */
export interface Session {
  readonly direction: "received" | "sent";
  readonly state: "early" | "confirmed" | "ended";
  /** The INVITE that began it. */
  readonly invite: SipRequest;
  /** Where that INVITE came from or went to. */
  readonly peer: Source | Destination;
  readonly callId: string;
  readonly localTag: string;
  /** Of the dialog in force; a sent session learns it from the first response with a tag. */
  readonly remoteTag: string | undefined;
  readonly events: Emitter<SessionEvents>;

  /** Received sessions: a provisional or final answer to the INVITE. A 2xx is retransmitted until ACK. */
  respond(status: number, content?: Content): void;
  /** Sent sessions: acknowledges the 2xx (with the SDP answer of a late offer); later 2xx retransmissions get the same ACK. */
  acknowledge(content?: Content): void;
  /** Sends a request inside the dialog: re-INVITE, INFO, OPTIONS. A 2xx to a re-INVITE is acknowledged by the layer. */
  request(method: string, content: Content | undefined, done: (answer: SipResponse | Failure) => void): void;
  /**
   * Ends it by whatever its state demands: a final answer (`status`, default 480) to an INVITE not yet answered,
   * CANCEL to one of ours (sent only after a provisional response, RFC 3261 §9.1), BYE once confirmed (after the ACK has come,
   * or its timer has run out, where we are the callee). Safe to call at any moment and twice. `reason` is the RFC 3326 value.
   */
  end(options?: { readonly status?: number; readonly reason?: string }): void;
}

export type SessionEvents = {
  /** Sent: a response 101-199; with a body it is early media (the latest wins). */
  progress: [response: SipResponse];
  /** Sent: the first 2xx. Must be acknowledged by the user. Other forks' 2xx are acknowledged and hung up by the layer. */
  accepted: [response: SipResponse];
  /** Sent: a final non-2xx, a timeout or a transport failure. The session has ended. */
  rejected: [answer: SipResponse | Failure];
  /** The ACK of our 2xx to the INVITE, or to a re-INVITE of the peer (its body answers a late offer). */
  acknowledged: [ack: SipRequest];
  /** A re-INVITE, INFO, OPTIONS, ... of the peer. Without a listener it is answered 501. */
  request: [received: ReceivedRequest];
  /** It is over, exactly once, whoever ended it; after `rejected` too. */
  ended: [why: SessionEnd];
};

export interface SessionEnd {
  /** Who said so: the sender of the BYE, CANCEL or refusal; ours too where the peer is silent and we give up. */
  readonly by: "local" | "remote";
  readonly cause: "bye" | "cancel" | "rejected" | "no-ack" | "failure";
  /** RFC 3326 Reason value of the peer, where it gave one. */
  readonly reason?: string;
}

/** A request outside any dialog (OPTIONS, REGISTER, an unknown method), answered once. */
export interface OutOfDialogRequest extends ReceivedRequest {
  readonly source: Source;
}

export interface InviteOptions {
  /** Request-URI: a registered contact, usually. */
  readonly uri: Uri;
  readonly to: NameAddr;
  readonly from: NameAddr;
  readonly destination: Destination;
  /** Route set known beforehand, usually empty. */
  readonly route?: readonly NameAddr[];
  readonly content?: Content;
}

export type UserAgentEvents = {
  /** A new INVITE outside any dialog; 100 has been sent. The listener answers by the session. */
  invite: [session: Session, source: Source];
  /** Any other request outside a dialog. */
  request: [received: OutOfDialogRequest];
};

/** The dialog layer: stands on a TransactionLayer, gives sessions. */
export interface UserAgent {
  readonly events: Emitter<UserAgentEvents>;
  /** Sends an INVITE that begins a new dialog with a Call-ID and tag of its own. */
  invite(options: InviteOptions): Session;
  /** How many sessions live. */
  readonly sessions: number;
}

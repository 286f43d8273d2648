import type { Failure } from "../../core/failure.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Destination, Source } from "../transport/types.ts";

/** The transaction layer's user: the dialog layer (RFC 3261 §17, "TU"). */
export interface TransactionUser {
  /** A new request: retransmissions are absorbed, an ACK for a non-2xx too. CANCEL comes here as a transaction of its own. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK for a 2xx: it belongs to no transaction (RFC 6026 §7.1). */
  onAck(ack: SipRequest, source: Source): void;
  /** A response that matches no transaction: dropped after this call. */
  onStrayResponse(response: SipResponse, source: Source): void;
}

export interface ServerTransaction {
  /** Branch, sent-by and method (RFC 3261 §17.2.3). */
  readonly key: string;
  readonly request: SipRequest;
  readonly source: Source;
  /**
   * Sends a response and retransmits it as the machine demands; ignored once the transaction is over.
   * A 2xx to INVITE is retransmitted by the user of this layer (RFC 3261 §13.3.1.4), by calling this again.
   */
  respond(response: SipResponse): void;
  /**
   * Told once when a response could not be sent, or its ACK never came (Timer H). An INVITE that has no final response
   * stays (RFC 6026 §7.1): its user still owes one, or the transaction never ends.
   */
  onFailure(listener: (failure: Failure) => void): void;
}

/** What becomes of a request we sent. Exactly one of: a final response, or `failed`. */
export interface ClientHandlers {
  /** Every response passed up; several 2xx may come for one INVITE (RFC 6026 §8.4). */
  response(response: SipResponse, source: Source): void;
  /** `sip.timeout` (Timer B or F) or `sip.transport`. */
  failed(failure: Failure): void;
}

export interface ClientTransaction {
  readonly key: string;
  /** The request as sent, with our Via on top. */
  readonly request: SipRequest;
  readonly destination: Destination;
}

export interface TransactionLayer {
  /**
   * Sends a request in a new client transaction. The layer puts our Via, with a fresh branch and `rport`, on top.
   * ACK for a 2xx goes by `sendAck`, not by this.
   */
  request(request: SipRequest, to: Destination, handlers: ClientHandlers): ClientTransaction;
  /**
   * Builds and sends the CANCEL of an INVITE transaction (RFC 3261 §9.1); the caller has seen a provisional response.
   * Does nothing before that one, after the final one, and the second time.
   */
  cancel(invite: ClientTransaction, reason?: string): void;
  /** Sends an ACK for a 2xx statelessly, with a fresh Via. */
  sendAck(ack: SipRequest, to: Destination): void;
  /** The server transaction a CANCEL refers to, if it still lives. */
  inviteOf(cancel: SipRequest): ServerTransaction | undefined;
  /** How many transactions live: zero after all calls are over and the timers have run. */
  readonly count: number;
  /** Ends every transaction silently. */
  close(): void;
}

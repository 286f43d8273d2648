import { randomBytes } from "node:crypto";
import { withHeader, withHeaders } from "../../../src/sip/message/build.ts";
import {
  header,
  headerValues,
  NO_BODY,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../../../src/sip/message/message.ts";
import { parseMessage } from "../../../src/sip/message/parse.ts";
import { serialize } from "../../../src/sip/message/serialize.ts";
import { formatUri } from "../../../src/sip/message/uri.ts";
import { answerDigest, type Credentials } from "./digest.ts";
import { type Address, type Link, openLink, type Server } from "./link.ts";

/** A message as it went over the wire. */
export interface LoggedMessage {
  readonly direction: "sent" | "received";
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly message: SipMessage;
}

/** Who asked. */
export interface Requester {
  /** The request as it goes out; twice where the first is challenged. */
  sent?(request: SipRequest): void;
  /** Every response but a challenge we could answer, a 2xx to INVITE as often as it comes; undefined when none came. */
  answered(response: SipResponse | undefined): void;
}

/** Takes a request of the far end, retransmissions left out (those of an ACK excepted). */
export type OnRequest = (request: SipRequest, from: Address) => void;

interface Waiting {
  stopRetransmitting(): void;
  answered(response: SipResponse | undefined): void;
}

const T1_MS = 500;
const GIVE_UP_MS = 32_000;

/**
 * A phone's SIP on one socket: sends requests until they are answered, tells requests from their retransmissions, answers
 * challenges. Deliberately simple, and apart from the server's transaction layer.
 */
export class SipEndpoint {
  /** Every message, in order. */
  readonly log: LoggedMessage[] = [];
  /** How much was received that is no SIP: a fault of the server's, as a rule. */
  malformed = 0;
  readonly link: Link;
  readonly #credentials: Credentials;
  readonly #onRequest: OnRequest;
  readonly #waiting = new Map<string, Waiting>();
  /** The last response to each request, for its retransmissions; undefined while there is none. */
  readonly #responses = new Map<string, SipResponse | undefined>();

  private constructor(link: Link, credentials: Credentials, onRequest: OnRequest) {
    this.link = link;
    this.#credentials = credentials;
    this.#onRequest = onRequest;
  }

  static async open(server: Server, credentials: Credentials, onRequest: OnRequest): Promise<SipEndpoint> {
    const opened: { endpoint?: SipEndpoint } = {};
    const link = await openLink(server, (bytes, from) => {
      if (opened.endpoint !== undefined) opened.endpoint.#receive(bytes, from);
    });
    opened.endpoint = new SipEndpoint(link, credentials, onRequest);
    return opened.endpoint;
  }

  /** Sends a request under a fresh Via, and once more with credentials where it is challenged. */
  request(request: SipRequest, to: Address, requester: Requester): void {
    this.#requestOnce(request, to, requester, (response) => {
      const authorized = response && this.#authorize(request, response);
      if (authorized === undefined) requester.answered(response);
      else this.#requestOnce(authorized, to, requester, (final) => requester.answered(final));
    });
  }

  /** Sends the ACK of a 2xx: nothing answers it. */
  sendAck(ack: SipRequest, to: Address): void {
    this.#send(this.#underVia(ack), to);
  }

  /** Cancels an INVITE as it was sent: same Via, same CSeq number (RFC 3261 §9.1). */
  cancel(invite: SipRequest, to: Address): void {
    this.#transmit(besides(invite, "CANCEL"), to, () => undefined);
  }

  /** Answers a request. */
  respond(request: SipRequest, response: SipResponse, to: Address): void {
    this.#responses.set(keyOf(request), response);
    this.#send(response, to);
  }

  async close(): Promise<void> {
    for (const waiting of this.#waiting.values()) waiting.stopRetransmitting();
    this.#waiting.clear();
    await this.link.close();
  }

  #receive(bytes: Uint8Array, from: Address): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) {
      // Keep-alives are line ends alone.
      if (bytes.length > 4) this.malformed++;
      return;
    }
    const message = parsed.value;
    this.log.push({ direction: "received", at: performance.now(), message });
    if (message.type === "response") {
      this.#waiting.get(keyOf(message))?.answered(message);
      return;
    }
    const key = keyOf(message);
    const answered = this.#responses.get(key);
    if (answered !== undefined) {
      this.#send(answered, from);
    } else if (!this.#responses.has(key)) {
      if (message.method !== "ACK") this.#responses.set(key, undefined);
      this.#onRequest(message, from);
    }
  }

  #requestOnce(
    request: SipRequest,
    to: Address,
    requester: Requester,
    answered: (response: SipResponse | undefined) => void,
  ): void {
    const sent = this.#underVia(request);
    requester.sent?.(sent);
    this.#transmit(sent, to, (response) => {
      // The ACK of a refusal belongs to the INVITE's own transaction (RFC 3261 §17.1.1.3).
      if (sent.method === "INVITE" && response !== undefined && response.status >= 300) {
        this.#send(besides(sent, "ACK", response.headers.to), to);
      }
      answered(response);
    });
  }

  /** Sends a request, over UDP again and again until something answers it. */
  #transmit(request: SipRequest, to: Address, onResponse: (response: SipResponse | undefined) => void): void {
    let timer: NodeJS.Timeout | undefined;
    let isFinished = false;
    const answered = (response: SipResponse | undefined) => {
      clearTimeout(timer);
      const isRepeatedAccept =
        isFinished && request.method === "INVITE" && response !== undefined && response.status < 300;
      if (isFinished && !isRepeatedAccept) return;
      isFinished ||= response === undefined || response.status >= 200;
      onResponse(response);
    };
    const repeat = (intervalMs: number, elapsedMs: number) => {
      timer = setTimeout(() => {
        if (elapsedMs >= GIVE_UP_MS) {
          answered(undefined);
          return;
        }
        if (this.link.transport === "udp") this.#send(request, to);
        repeat(intervalMs * 2, elapsedMs + intervalMs);
      }, intervalMs);
    };
    this.#waiting.set(keyOf(request), { answered, stopRetransmitting: () => clearTimeout(timer) });
    this.#send(request, to);
    repeat(T1_MS, 0);
  }

  /** The request with credentials for a challenge; undefined where there is none, or they were given already. */
  #authorize(request: SipRequest, { status, ...response }: SipResponse): SipRequest | undefined {
    if ((status !== 401 && status !== 407) || header(request, "Authorization") !== undefined)
      return undefined;
    const [ask, give] =
      status === 401 ? ["WWW-Authenticate", "Authorization"] : ["Proxy-Authenticate", "Proxy-Authorization"];
    for (const challenge of headerValues({ status, ...response }, ask)) {
      const value = answerDigest(challenge, this.#credentials, request.method, formatUri(request.uri));
      if (value === undefined) continue;
      const { number, method } = request.headers.cseq;
      return withHeader(withHeaders(request, { cseq: { number: number + 1, method } }), give, value);
    }
    return undefined;
  }

  #underVia(request: SipRequest): SipRequest {
    const { transport, local } = this.link;
    const params = new Map([
      ["branch", `z9hG4bK${randomBytes(8).toString("hex")}`],
      ["rport", ""],
    ]);
    return withHeaders(request, {
      via: [{ transport: transport.toUpperCase(), host: local.address, port: local.port, params }],
    });
  }

  #send(message: SipMessage, to: Address): void {
    this.log.push({ direction: "sent", at: performance.now(), message });
    this.link.send(serialize(message), to);
  }
}

/** Branch and method name a transaction; an ACK that comes alone has a branch of its own. */
function keyOf({ headers: { via, cseq } }: SipMessage): string {
  return `${via[0]?.params.get("branch")} ${cseq.method}`;
}

/** A request that goes with an INVITE, in its transaction's terms: CANCEL, or the ACK of a refusal. */
function besides(invite: SipRequest, method: "CANCEL" | "ACK", to = invite.headers.to): SipRequest {
  const { via, from, callId, cseq, route } = invite.headers;
  const own = { via, from, to, callId, cseq: { number: cseq.number, method }, route };
  const headers = { ...own, maxForwards: 70, contact: [], recordRoute: [], others: [] };
  return { ...invite, method, headers, body: NO_BODY };
}

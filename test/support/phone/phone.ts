import { randomBytes } from "node:crypto";
import { type Body, responseTo, withBody } from "../../../src/sip/message/build.ts";
import {
  type NameAddr,
  NO_BODY,
  NO_PARAMS,
  type SipRequest,
  type SipResponse,
  type Uri,
} from "../../../src/sip/message/message.ts";
import { parseUri } from "../../../src/sip/message/uri.ts";
import type { Address, Server } from "./link.ts";
import { PhoneCall } from "./phone-call.ts";
import type { CodecName } from "./sdp.ts";
import { type LoggedMessage, SipEndpoint } from "./sip-endpoint.ts";
import { type Payloads, type Tone, tonePayloads } from "./tone.ts";
import type { CallOptions, PhoneContext } from "./types.ts";
import { until } from "./until.ts";

/** What a phone does with a call that comes in. */
export type Incoming =
  /** Rings, and answers after `delayMs` (0: at once, without ringing). */
  | { readonly type: "answer"; readonly delayMs?: number; readonly earlyMedia?: boolean }
  /** Rings until the test answers or declines. */
  | { readonly type: "ring" }
  /** Says nothing at all, until the test rings, answers or declines. */
  | { readonly type: "silent" }
  /** Refuses with this status. */
  | { readonly type: "refuse"; readonly status: number };

export interface PhoneOptions {
  readonly extension: string;
  readonly password: string;
  readonly server: Server;
  /** The host part of addresses; the server's, by default. */
  readonly domain?: string;
  /** What the phone says; silence by default. */
  readonly tone?: Tone;
  /** What it says byte for byte, instead of a tone. */
  readonly payloads?: Payloads;
  /** In order of preference; PCMA, PCMU by default. */
  readonly codecs?: readonly CodecName[];
  /** The payload type of telephone-event in its offers; 101 by default. */
  readonly eventType?: number;
  /** Answers at once by default. */
  readonly incoming?: Incoming;
}

/** Opens a simulated phone's socket. It speaks real SIP and RTP, and shares with the server only the message parser and G.711. */
export async function createPhone(options: PhoneOptions): Promise<Phone> {
  const phone: { current?: Phone } = {};
  const { extension: username, password } = options;
  const endpoint = await SipEndpoint.open(options.server, { username, password }, (request, from) =>
    phone.current?.receive(request, from),
  );
  phone.current = new Phone(options, endpoint);
  return phone.current;
}

/** A simulated desk phone. */
export class Phone {
  readonly extension: string;
  /** What the next call that comes in meets. */
  incoming: Incoming;
  /** Every call since the phone was made, ended ones too, in order. */
  readonly calls: PhoneCall[] = [];
  /** It has vanished or was closed. */
  isGone = false;
  readonly #options: PhoneOptions;
  readonly #endpoint: SipEndpoint;
  readonly #registrationId = randomBytes(8).toString("hex");
  #registerCseq = 0;
  #live = 0;

  constructor(options: PhoneOptions, endpoint: SipEndpoint) {
    this.extension = options.extension;
    this.incoming = options.incoming ?? { type: "answer", delayMs: 0 };
    this.#options = options;
    this.#endpoint = endpoint;
  }

  /** The phone's own SIP address and port. */
  get local(): Address {
    return this.#endpoint.link.local;
  }

  /** Every SIP message sent and received. */
  get log(): readonly LoggedMessage[] {
    return this.#endpoint.log;
  }

  /** Datagrams received that were no SIP. */
  get malformed(): number {
    return this.#endpoint.malformed;
  }

  /** Calls that are not over. */
  get liveCalls(): number {
    return this.#live;
  }

  /** Registers (0 seconds: unregisters); resolves to the final response, 200 or not. */
  async register(expires = 300): Promise<SipResponse> {
    const response = await this.request("REGISTER", {
      uri: { scheme: "sip", host: this.#domain, params: NO_PARAMS },
      contact: [this.#contact()],
      others: [{ name: "Expires", value: String(expires) }],
      callId: this.#registrationId,
      cseq: ++this.#registerCseq,
    });
    // One more where the server asked for credentials.
    this.#registerCseq = response.headers.cseq.number;
    return response;
  }

  async unregister(): Promise<SipResponse> {
    return this.register(0);
  }

  /** Calls an extension or feature code, or a whole SIP URI; resolves once the INVITE is out. */
  async call(target: string, options: CallOptions = {}): Promise<PhoneCall> {
    const uri = target.startsWith("sip:") ? parseUri(target) : this.#address(target);
    if (uri === undefined) throw new Error(`no SIP URI: ${target}`);
    const call = await PhoneCall.call(this.#context(), uri, this.#address(this.extension), options);
    this.#keep(call);
    return call;
  }

  /** The next call that comes in, or the one that came and is still live. */
  async nextCall(timeoutMs = 5_000): Promise<PhoneCall> {
    const live = () => this.calls.findLast((call) => call.state !== "ended");
    await until(`a call to ${this.extension}`, () => live() !== undefined, timeoutMs);
    const call = live();
    if (call === undefined) throw new Error("the call ended at once");
    return call;
  }

  /** Sends a request outside any call, OPTIONS for example; resolves to its final response. */
  async request(
    method: string,
    parts: {
      readonly uri?: Uri;
      readonly contact?: SipRequest["headers"]["contact"];
      /** The extension of the To, where it is another one. */
      readonly to?: string;
      readonly others?: SipRequest["headers"]["others"];
      readonly callId?: string;
      readonly cseq?: number;
      readonly body?: Body;
    } = {},
  ): Promise<SipResponse> {
    const self = this.#address(this.extension);
    const request: SipRequest = {
      type: "request",
      method,
      uri: parts.uri ?? { scheme: "sip", host: this.#domain, params: NO_PARAMS },
      headers: {
        via: [],
        from: { uri: self, params: new Map([["tag", randomBytes(8).toString("hex")]]) },
        to: { uri: this.#address(parts.to ?? this.extension), params: NO_PARAMS },
        callId: parts.callId ?? randomBytes(8).toString("hex"),
        cseq: { number: parts.cseq ?? 1, method },
        maxForwards: 70,
        contact: parts.contact ?? [],
        route: [],
        recordRoute: [],
        others: parts.others ?? [],
      },
      body: NO_BODY,
    };
    const complete = parts.body === undefined ? request : withBody(request, parts.body);
    return new Promise((resolve, reject) => {
      this.#endpoint.request(complete, this.#options.server, {
        answered: (response) => {
          if (response === undefined) reject(new Error(`nothing answered ${method}`));
          else if (response.status >= 200) resolve(response);
        },
      });
    });
  }

  /** Takes a request from the wire. */
  receive(request: SipRequest, from: Address): void {
    const call = this.calls.find((one) => one.callId === request.headers.callId && one.state !== "ended");
    if (call !== undefined) {
      call.receive(request, from);
    } else if (request.method === "INVITE" && !request.headers.to.params.has("tag")) {
      void this.#onInvite(request, from);
    } else if (request.method !== "ACK") {
      const status = request.method === "OPTIONS" ? 200 : 481;
      this.#endpoint.respond(request, responseTo(request, status), from);
    }
  }

  /** Goes without a word, as when its power is cut; every port is free. */
  async vanish(): Promise<void> {
    if (this.isGone) return;
    this.isGone = true;
    await Promise.all(this.calls.map((call) => call.media.close()));
    await this.#endpoint.close();
  }

  /** Hangs up, unregisters nothing, and frees every port. */
  async close(): Promise<void> {
    if (this.isGone) return;
    // A server that is gone already does not answer; its phones close all the same.
    const hungUp = this.calls.map((call) => call.hangup().catch(() => undefined));
    await Promise.race([Promise.all(hungUp), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    await this.vanish();
  }

  async #onInvite(invite: SipRequest, from: Address): Promise<void> {
    const call = await PhoneCall.received(this.#context(), invite, from);
    this.#keep(call);
    switch (this.incoming.type) {
      case "refuse":
        call.decline(this.incoming.status);
        break;
      case "ring":
        call.ring();
        break;
      case "silent":
        break;
      case "answer": {
        const { delayMs = 0, earlyMedia = false } = this.incoming;
        if (delayMs > 0 || earlyMedia) call.ring(earlyMedia);
        setTimeout(() => {
          if (call.state === "ringing") call.answer();
        }, delayMs);
      }
    }
  }

  #keep(call: PhoneCall): void {
    this.calls.push(call);
    this.#live++;
  }

  get #domain(): string {
    return this.#options.domain ?? this.#options.server.address;
  }

  #address(user: string): Uri {
    return { scheme: "sip", user, host: this.#domain, params: NO_PARAMS };
  }

  #contact(): NameAddr {
    const { link } = this.#endpoint;
    const params = link.transport === "tcp" ? new Map([["transport", "tcp"]]) : NO_PARAMS;
    const { address: host, port } = link.local;
    return { uri: { scheme: "sip", user: this.extension, host, port, params }, params: NO_PARAMS };
  }

  #context(): PhoneContext {
    const { tone, payloads, codecs = ["PCMA", "PCMU"], eventType = 101, server } = this.#options;
    return {
      endpoint: this.#endpoint,
      codecs,
      eventType,
      contact: this.#contact(),
      server,
      payloads: (codec) => payloads ?? tonePayloads(tone ?? SILENCE, codec),
      ended: () => {
        this.#live--;
      },
    };
  }
}

const SILENCE: Tone = { hz: 50, levelDbfs: Number.NEGATIVE_INFINITY };

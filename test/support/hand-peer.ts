import type { SipMessage, SipRequest, SipResponse } from "../../src/sip/message/message.ts";
import type { AgentNetwork, LoopAgent } from "./agent-pair.ts";
import type { LoopTransport } from "./loop-transport.ts";
import { type RequestParts, sipRequest } from "./sip-messages.ts";

/** A peer of a user agent that a test plays by hand, message by message, as no well-behaved agent would. */
export class HandPeer {
  readonly heard: SipMessage[] = [];
  readonly #net: AgentNetwork;
  readonly #other: LoopAgent;
  #transport: LoopTransport;
  #branches = 0;

  constructor(net: AgentNetwork, other: LoopAgent) {
    this.#net = net;
    this.#other = other;
    this.#transport = this.#open();
  }

  get transport(): LoopTransport {
    return this.#transport;
  }

  /** Speaks from another place from now on, as after a NAT has forgotten it. */
  move(port: number): void {
    this.#transport = this.#open(port);
  }

  /** Sends a request with a Via and Contact of its own, unless told otherwise, and lets everything settle. */
  say(method: string, parts: RequestParts = {}): void {
    const { address, port } = this.#transport.localFor();
    const via = [`SIP/2.0/UDP ${address}:${port};branch=z9hG4bKpeer${++this.#branches};rport`];
    this.send(sipRequest(method, { lines: [`Contact: <sip:alice@${address}:${port}>`], via, ...parts }));
  }

  /** Sends any message and lets everything settle. */
  send(message: SipMessage): void {
    this.#transport.send(message, this.#other.transport.destination);
    this.#net.settle();
  }

  get requests(): SipRequest[] {
    return this.heard.filter((one) => one.type === "request");
  }

  get answers(): SipResponse[] {
    return this.heard.filter((one) => one.type === "response");
  }

  /** The statuses heard, but the 100s that come by themselves. */
  get statuses(): number[] {
    return this.answers.map(({ status }) => status).filter((status) => status !== 100);
  }

  get lastAnswer(): SipResponse {
    const answer = this.answers.at(-1);
    if (answer === undefined) throw new Error("no answer was heard");
    return answer;
  }

  #open(port?: number): LoopTransport {
    const opened = this.#net.network.open(port === undefined ? {} : { port });
    opened.events.on("message", (message) => this.heard.push(message));
    return opened;
  }
}

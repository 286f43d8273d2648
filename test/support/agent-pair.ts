import type { InviteOptions, Session, SessionEvents } from "../../src/sip/dialog/types.ts";
import { createUserAgent, type RunningUserAgent } from "../../src/sip/dialog/user-agent.ts";
import { type NameAddr, NO_PARAMS, type SipRequest } from "../../src/sip/message/message.ts";
import { parseUri } from "../../src/sip/message/uri.ts";
import { LoopNetwork, type LoopTransport } from "./loop-transport.ts";
import { ManualClock } from "./manual-clock.ts";

/** A session description that nobody reads. */
export const SDP = { type: "application/sdp", content: "v=0\r\n" };

/** A user agent on a network in memory. */
export interface LoopAgent {
  readonly agent: RunningUserAgent;
  readonly transport: LoopTransport;
  /** The sessions that came in, oldest first. */
  readonly received: Session[];
}

/** Alice, bob and whoever else is opened, on one network and clock; tokens count, chance is always one half. */
export class AgentNetwork {
  readonly clock = new ManualClock();
  readonly network = new LoopNetwork(this.clock);
  readonly #all: LoopAgent[] = [];
  #tokens = 0;
  readonly alice = this.open();
  readonly bob = this.open();

  /** Opens a user agent that keeps the sessions it receives. */
  open(transport = this.network.open()): LoopAgent {
    const agent = createUserAgent({
      transport,
      clock: this.clock,
      token: () => `t${++this.#tokens}`,
      chance: () => 0.5,
    });
    const received: Session[] = [];
    agent.events.on("invite", (session) => received.push(session));
    const opened = { agent, transport, received };
    this.#all.push(opened);
    return opened;
  }

  /** Lets every message that is under way arrive, and what it causes. */
  settle(): void {
    for (let i = 0; i < 4; i++) this.clock.advance(1);
  }

  /** Alice calls bob with a body; nothing is answered. Returns alice's session and bob's. */
  ring(): [Session, Session] {
    const sent = this.alice.agent.invite(callOptions(this.bob.transport, { body: SDP }));
    this.settle();
    const received = this.bob.received.at(-1);
    if (received === undefined) throw new Error("no call came");
    return [sent, received];
  }

  /** A call of alice to bob that is answered and acknowledged. */
  talk(): [Session, Session] {
    const [sent, received] = this.ring();
    sent.events.on("accepted", () => sent.acknowledge());
    received.respond(200, { body: SDP });
    this.settle();
    return [sent, received];
  }

  /** What still lives in the agents: sessions now, transactions and timers in an hour. All zero where nothing leaks. */
  leftovers(): { sessions: number; transactions: number; timers: number } {
    const sum = (count: (one: LoopAgent) => number) =>
      this.#all.reduce((total, one) => total + count(one), 0);
    const sessions = sum(({ agent }) => agent.sessions);
    this.clock.advance(3_600_000);
    return { sessions, transactions: sum(({ agent }) => agent.transactions), timers: this.clock.pending };
  }
}

/** The requests of one method that went out, in order, copies included. */
export function requestsOf({ transport }: LoopAgent, method: string): SipRequest[] {
  return transport.sent.flatMap(({ message }) =>
    message.type === "request" && message.method === method ? [message] : [],
  );
}

/** Alice calls bob at the other transport. */
export function callOptions(to: LoopTransport, content?: InviteOptions["content"]): InviteOptions {
  const { host, port } = to.destination;
  const options = {
    uri: uri(`sip:bob@${host}:${port}`),
    to: address("sip:bob@floor.example"),
    from: address("sip:alice@floor.example"),
    destination: to.destination,
  };
  return content === undefined ? options : { ...options, content };
}

/** What a session tells, in words: "progress 180", "accepted 200", "ended local bye". */
export function storyOf(session: Session): string[] {
  const story: string[] = [];
  const tell = <K extends keyof SessionEvents>(name: K, words: (...args: SessionEvents[K]) => string) =>
    session.events.on(name, (...args) => story.push(`${name} ${words(...args)}`.trim()));
  tell("progress", ({ status }) => String(status));
  tell("accepted", ({ status }) => String(status));
  tell("rejected", (answer) => ("code" in answer ? answer.code : String(answer.status)));
  tell("acknowledged", () => "");
  tell("ended", ({ by, cause, reason }) => [by, cause, reason].filter((one) => one !== undefined).join(" "));
  return story;
}

function address(text: string): NameAddr {
  return { uri: uri(text), params: NO_PARAMS };
}

function uri(text: string) {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`no URI: ${text}`);
  return parsed;
}

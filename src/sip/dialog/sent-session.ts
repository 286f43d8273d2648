import type { Failure } from "../../core/failure.ts";
import { tagOf, withBody, withTag } from "../message/build.ts";
import { header, NO_BODY, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ClientTransaction } from "../transaction/types.ts";
import type { Destination, Source } from "../transport/types.ts";
import { requestParts } from "./compose.ts";
import { confirmedBy, dialogOfSent, MAX_FORWARDS } from "./dialog.ts";
import { DialogLink } from "./dialog-link.ts";
import type { Ground } from "./ground.ts";
import { InviteSession } from "./invite-session.ts";
import { InviteUsage } from "./invite-usage.ts";
import { answeredDirectly } from "./next-hop.ts";
import { SENT_INVITE, type SentInviteEffect, type SentInviteEvent, step } from "./sent-invite.ts";
import type { Content, InviteOptions } from "./types.ts";

/** One answerer of our INVITE: several where a proxy forked it. */
interface Fork {
  readonly usage: InviteUsage;
  /** Sends its ACK again. */
  repeatAck?: () => void;
}

/** What came with an event. */
interface Input {
  readonly answer?: SipResponse | Failure;
  readonly content?: Content | undefined;
  readonly reason?: string | undefined;
}

/** A session that we begin (RFC 3261 §13.2). */
export class SentSession extends InviteSession {
  readonly direction = "sent";
  readonly peer: Destination;
  readonly localTag: string;
  #state = SENT_INVITE;
  /** By To tag, the latest to answer last. */
  readonly #forks = new Map<string, Fork>();
  #latestTag: string | undefined;
  /** Why our user hung up. */
  #reason: string | undefined;
  readonly #transaction: ClientTransaction;
  readonly #ground: Ground;

  /** Sends the INVITE. */
  constructor(ground: Ground, options: InviteOptions, release: () => void) {
    super(release);
    this.#ground = ground;
    this.peer = options.destination;
    this.localTag = ground.token();
    this.#transaction = ground.transactions.request(
      initialInvite(ground, options, this.localTag),
      this.peer,
      {
        response: (response, source) => this.#receiveResponse(response, source),
        failed: (answer) => this.#advance({ type: "rejected", cause: "failure" }, { answer }),
      },
    );
  }

  get invite(): SipRequest {
    return this.#transaction.request;
  }

  get remoteTag(): string | undefined {
    return this.#state.winner ?? this.#latestTag;
  }

  /** Nothing of theirs is to be answered here. */
  respond(): void {}

  acknowledge(content?: Content): void {
    this.#advance({ type: "acknowledge" }, { content });
  }

  receiveAck(ack: SipRequest): void {
    this.usageOf(tagOf(ack.headers.from) ?? "")?.receiveAck(ack);
  }

  protected get usage(): InviteUsage | undefined {
    return this.usageOf(this.remoteTag ?? "");
  }

  protected usageOf(remoteTag: string): InviteUsage | undefined {
    return this.#forks.get(remoteTag)?.usage;
  }

  protected get answered(): boolean {
    return this.#state.winner !== undefined;
  }

  protected receiveBye(remoteTag: string, reason: string | undefined): void {
    const { winner } = this.#state;
    if (winner === undefined || winner === remoteTag) this.#advance({ type: "bye" }, { reason });
  }

  protected hangUp(_status: number, reason: string | undefined): void {
    this.#reason ??= reason;
    this.#advance({ type: "hang-up" });
  }

  protected closeUsages(): void {
    for (const { usage } of this.#forks.values()) usage.close();
  }

  #receiveResponse(response: SipResponse, source: Source): void {
    const { status } = response;
    const tag = tagOf(response.headers.to) ?? "";
    if (status > 100 && status < 300) this.#learn(tag, response, source);
    if (status < 200) this.#advance({ type: "progress" }, { answer: response });
    else if (status < 300) this.#advance({ type: "accepted", tag }, { answer: response });
    else {
      const reason = header(response, "Reason");
      this.#advance({ type: "rejected", cause: "rejected" }, { answer: response, reason });
    }
  }

  /** The dialog that a response opens or confirms; a 2xx that comes again finds it confirmed and changes nothing. */
  #learn(tag: string, response: SipResponse, source: Source): void {
    this.#latestTag = tag;
    const direct = answeredDirectly(this.invite, response, source);
    const link = this.usageOf(tag)?.link;
    if (link === undefined) {
      const made = new DialogLink(this.#ground, dialogOfSent(this.invite, response), {
        peer: source,
        direct,
      });
      this.#forks.set(tag, { usage: new InviteUsage(this.#ground, "sent", made, this) });
    } else if (link.dialog.state === "early" && response.status >= 200) {
      link.dialog = confirmedBy(link.dialog, this.invite, response);
      link.cameBy(source, direct);
    }
  }

  #advance(event: SentInviteEvent, input: Input = {}): void {
    const next = step(this.#state, event);
    this.#state = next.state;
    for (const effect of next.effects) this.#act(effect, input);
  }

  #act(effect: SentInviteEffect, { answer, content, reason }: Input): void {
    switch (effect.type) {
      case "ack":
        this.#acknowledge(effect.tag, content);
        break;
      case "repeat-ack":
        this.#forks.get(effect.tag)?.repeatAck?.();
        break;
      case "bye": {
        const usage = this.usageOf(effect.tag);
        if (usage === undefined) break;
        usage.close();
        this.sendBye(usage.link, this.#reason);
        break;
      }
      case "cancel":
        this.#ground.transactions.cancel(this.#transaction, this.#reason);
        break;
      case "progress":
        if (isResponse(answer) && answer.status > 100) this.events.emit("progress", answer);
        break;
      case "accepted":
        for (const [tag, { usage }] of this.#forks) if (tag !== this.remoteTag) usage.close();
        if (isResponse(answer)) this.events.emit("accepted", answer);
        break;
      case "rejected":
        if (answer !== undefined) this.events.emit("rejected", answer);
        break;
      case "ended":
        this.finish({ by: effect.by, cause: effect.cause }, reason);
        break;
    }
  }

  #acknowledge(tag: string, content: Content | undefined): void {
    const fork = this.#forks.get(tag);
    if (fork === undefined) return;
    fork.repeatAck = fork.usage.link.acknowledge(this.invite, content);
    fork.usage.initialOver();
  }
}

function isResponse(answer: SipResponse | Failure | undefined): answer is SipResponse {
  return answer !== undefined && "status" in answer;
}

/** The INVITE that begins a dialog with a Call-ID and tag of its own (RFC 3261 §8.1.1, §12.1.2). */
function initialInvite(ground: Ground, options: InviteOptions, localTag: string): SipRequest {
  const { product, contact, token } = ground;
  const { uri, to, from, destination, route = [], content } = options;
  const parts = requestParts("INVITE", { product, contact: contact(destination, from.uri.user) }, content);
  const invite: SipRequest = {
    type: "request",
    method: "INVITE",
    uri,
    headers: {
      via: [],
      from: withTag(from, localTag),
      to,
      callId: token(),
      cseq: { number: 1, method: "INVITE" },
      maxForwards: MAX_FORWARDS,
      contact: parts.contact === undefined ? [] : [parts.contact],
      route,
      recordRoute: [],
      others: parts.headers ?? [],
    },
    body: NO_BODY,
  };
  return parts.body === undefined ? invite : withBody(invite, parts.body);
}

import type { Clock } from "../core/clock.ts";
import { type Failure, failure } from "../core/failure.ts";
import type { Session, UserAgent } from "../sip/dialog/types.ts";
import type { HeaderField, SipRequest } from "../sip/message/message.ts";
import { parseUri } from "../sip/message/uri.ts";
import type { Binding } from "../sip/registrar/types.ts";
import type { Source } from "../sip/transport/types.ts";
import { type Attempt, CallRunner } from "./call-runner.ts";
import { type DialPlan, route } from "./dial-plan.ts";
import type { LiveCalls } from "./directory.ts";
import { DialledFeature } from "./feature-leg.ts";
import { outgoingInvite } from "./header-policy.ts";
import { Leg } from "./leg.ts";
import type { LegMedia } from "./leg-media.ts";
import { phraseOf, refusalOf } from "./refusal.ts";
import type { FeatureLeg, User } from "./types.ts";

/** Who sent a request: a configured user by its digest, or what to challenge it with. */
export type Authenticate = (
  request: SipRequest,
) =>
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly challenges: readonly HeaderField[] };

export interface SwitchboardOptions {
  readonly userAgent: UserAgent;
  readonly calls: LiveCalls;
  readonly plan: DialPlan;
  readonly authenticate: Authenticate;
  /** Where an extension is registered, unexpired bindings only. */
  readonly contactsOf: (extension: string) => readonly Binding[];
  /** A media half for a new leg whose peer is reached that way. */
  readonly mediaFor: (peer: Session["peer"]) => LegMedia;
  /** Takes over a leg that dialled a feature code. */
  readonly onFeature: (leg: FeatureLeg) => void;
  readonly domain: string;
  readonly ringTimeoutMs: number;
  readonly clock: Clock;
  /** A fresh unique name for a call. */
  readonly newId: () => string;
}

/** The back-to-back user agent: takes every INVITE, finds out who calls whom, and connects them. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #features = new Set<DialledFeature>();
  #stopping = false;

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    options.userAgent.events.on("invite", (session, source) => this.#onInvite(session, source));
  }

  /** Hangs up every call and every leg of a feature, and takes no more: the server stops. */
  hangUpAll(reason: string): void {
    this.#stopping = true;
    this.#options.calls.hangUpAll(reason);
    for (const feature of [...this.#features]) feature.hangUp(reason);
  }

  #onInvite(session: Session, source: Source): void {
    const { authenticate, plan } = this.#options;
    if (this.#stopping) {
      refuse(session, failure("call.server-stopping"));
      return;
    }
    const who = authenticate(session.invite);
    if (!who.ok) {
      session.respond(401, { headers: who.challenges });
      return;
    }
    const caller = plan.users.get(who.user);
    if (caller === undefined) {
      refuse(session, failure("auth.forbidden"));
      return;
    }
    const target = route(plan, session.invite.uri.user ?? "");
    if (!target.ok) {
      refuse(session, target.error);
      return;
    }
    const id = this.#options.newId();
    const leg = new Leg(`${id}/a`, this.#options.mediaFor(source), session);
    if (target.value.type === "feature") {
      const feature = new DialledFeature(leg, caller, target.value.dialled);
      this.#features.add(feature);
      feature.events.on("ended", () => this.#features.delete(feature));
      this.#options.onFeature(feature);
    } else {
      void this.#connect(id, leg, session.invite, caller, target.value.user);
    }
  }

  async #connect(id: string, caller: Leg, invite: SipRequest, callerUser: User, callee: User): Promise<void> {
    const prepared = await caller.prepare(id);
    const failed = this.#stopping ? failure("call.server-stopping") : prepared;
    if (failed !== undefined) caller.end({ ...refusalOf(failed), phrase: phraseOf(refusalOf(failed)) });
    if (caller.over) {
      caller.close();
      return;
    }
    const { clock, calls, ringTimeoutMs, userAgent } = this.#options;
    const attempts = this.#attempts(id, invite, callerUser, callee);
    new CallRunner({
      id,
      caller,
      callerUser,
      callee,
      attempts,
      ringTimeoutMs,
      clock,
      calls,
      userAgent,
    }).start();
  }

  /** One leg for each contact that the callee has registered. */
  #attempts(id: string, invite: SipRequest, caller: User, callee: User): Attempt[] {
    const { contactsOf, domain, mediaFor } = this.#options;
    const { from, to, headers } = outgoingInvite({ invite, caller, callee, domain });
    return contactsOf(callee.extension).flatMap((binding, index): Attempt[] => {
      const uri = parseUri(binding.contact);
      if (uri === undefined) return [];
      const leg = new Leg(`${id}/b${index + 1}`, mediaFor(binding.source));
      return [{ leg, invite: { uri, from, to, destination: binding.source, content: { headers } } }];
    });
  }
}

function refuse(session: Session, why: Failure): void {
  const refusal = refusalOf(why);
  const phrase = phraseOf(refusal);
  session.respond(refusal.status, phrase === undefined ? {} : { reason: phrase });
}

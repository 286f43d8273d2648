import type { Clock } from "../../core/clock.ts";
import { type Failure, failure, messageOf, sipStatusOf } from "../../core/failure.ts";
import type { Content, OutOfDialogRequest } from "../dialog/types.ts";
import type { HeaderField, SipRequest } from "../message/message.ts";
import { formatNameAddr } from "../message/name-addr.ts";
import { contactsOfAnswer, inForce, REGISTRAR_LIMITS, type RegistrarLimits, register } from "./registrar.ts";
import type { Binding, BindingStore } from "./types.ts";

export interface RegistrarOptions {
  readonly store: BindingStore;
  readonly clock: Clock;
  /** Whether a host of a Request-URI or To is one of ours: the domain, its aliases, the addresses we listen on. */
  readonly servesHost: (host: string) => boolean;
  readonly limits?: Partial<RegistrarLimits>;
}

/** The registrar of one domain; users are its addresses-of-record. */
export interface Registrar {
  /**
   * Answers a REGISTER of the user who has proved to be `user`: 200 with all bindings; 404 for a host not ours;
   * 403 for another's address; 400, 423, 500 as RFC 3261 §10.3 says; the store's failure as it is.
   */
  handle(received: OutOfDialogRequest, user: string): void;
  /** The user's unexpired bindings, the preferred first. */
  contactsOf(user: string): readonly Binding[];
}

/** Joins the pure registrar with a store and a clock. */
export function createRegistrar(options: RegistrarOptions): Registrar {
  const { store, clock, servesHost } = options;
  const limits = { ...REGISTRAR_LIMITS, ...options.limits };

  /** The failure of this REGISTER, or the bindings in force after it. */
  function write(received: OutOfDialogRequest, user: string, wallNow: number): Failure | readonly Binding[] {
    const { request, source } = received;
    const misdirected = addressFailure(request, user, servesHost);
    if (misdirected !== undefined) return misdirected;
    const { transport, host, port, flow } = source;
    const way = { transport, host, port, flow };
    const decision = register(request, way, store.bindings(user), wallNow, limits);
    if (!decision.ok) return decision.error;
    if (isQuery(request)) return decision.value;
    const written = store.replace(user, decision.value);
    return written.ok ? decision.value : written.error;
  }

  return {
    handle(received, user) {
      const wallNow = clock.wallNow();
      const outcome = write(received, user, wallNow);
      if ("code" in outcome) received.respond(sipStatusOf(outcome), refusal(outcome, limits));
      else received.respond(200, answer(outcome, wallNow));
    },
    contactsOf(user) {
      return inForce(store.bindings(user), clock.wallNow()).toSorted((a, b) => b.q - a.q);
    },
  };
}

/** RFC 3261 §10.3, steps 1, 4 and 5: whose address this is. */
function addressFailure(
  { uri, headers }: SipRequest,
  user: string,
  servesHost: (host: string) => boolean,
): Failure | undefined {
  const aor = headers.to.uri;
  for (const { host } of [uri, aor]) {
    if (!servesHost(host)) return failure("registrar.no-such-domain", host);
  }
  return unescaped(aor.user ?? "") === user ? undefined : failure("auth.forbidden", "another user's address");
}

/** A REGISTER without Contact changes nothing and is not worth a write. */
function isQuery({ headers }: SipRequest): boolean {
  return headers.contact !== "*" && headers.contact.length === 0;
}

function answer(bindings: readonly Binding[], wallNow: number): Content {
  const contacts = contactsOfAnswer(bindings, wallNow).map(
    (contact): HeaderField => ({ name: "Contact", value: formatNameAddr(contact) }),
  );
  return { headers: [...contacts, { name: "Date", value: new Date(wallNow).toUTCString() }] };
}

function refusal(why: Failure, { minExpiresSeconds }: RegistrarLimits): Content {
  const reason = messageOf(why);
  if (why.code !== "sip.interval-too-brief") return { reason };
  return { reason, headers: [{ name: "Min-Expires", value: String(minExpiresSeconds) }] };
}

/** The user part without its escapes; as it stands where they are broken. */
function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

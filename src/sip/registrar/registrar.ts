/**
 * What a REGISTER does to the bindings of an address-of-record (RFC 3261 §10.3, steps 6 to 8).
 * Pure: it gets the bindings in force and the time, and returns the bindings to put in their place, all or nothing.
 * It never asks who is allowed to register: that is settled before.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { header, type NameAddr, type SipRequest } from "../message/message.ts";
import { formatUri, parseUri, sameUri } from "../message/uri.ts";
import type { Destination } from "../transport/types.ts";
import type { Binding } from "./types.ts";

/** What the operator allows. Intervals in seconds, as in the messages. */
export interface RegistrarLimits {
  /** Where a phone asks for no interval. */
  readonly defaultExpiresSeconds: number;
  /** Less is refused with 423. */
  readonly minExpiresSeconds: number;
  /** More is granted as this. */
  readonly maxExpiresSeconds: number;
  /** Bindings of one address-of-record. */
  readonly maxContacts: number;
}

export const REGISTRAR_LIMITS: RegistrarLimits = {
  defaultExpiresSeconds: 3600,
  minExpiresSeconds: 60,
  maxExpiresSeconds: 7200,
  maxContacts: 10,
};

/** The bindings that are in force at `wallNow`. */
export function inForce(bindings: readonly Binding[], wallNow: number): readonly Binding[] {
  return bindings.filter((binding) => binding.expiresAt > wallNow);
}

/**
 * The bindings after this REGISTER. `sip.malformed`, `sip.interval-too-brief`, `sip.out-of-order` or
 * `registrar.too-many-contacts` leave everything as it was. A REGISTER without Contact only asks.
 */
export function register(
  request: SipRequest,
  source: Destination,
  bindings: readonly Binding[],
  wallNow: number,
  limits: RegistrarLimits = REGISTRAR_LIMITS,
): Result<readonly Binding[], Failure> {
  const current = inForce(bindings, wallNow);
  const { contact } = request.headers;
  if (contact === "*") return unregisterAll(request, current);
  let next = current;
  for (const address of contact) {
    const written = write(request, source, address, wallNow, limits);
    if (!written.ok) return written;
    // Compared with what was there before: the contacts of one REGISTER share its number and do not contend.
    const former = current.find((one) => sameContact(one, address));
    if (former !== undefined && !isNewer(request, former)) return outOfOrder(request, former);
    next = put(next, address, written.value);
  }
  return next.length > limits.maxContacts
    ? err(failure("registrar.too-many-contacts", `${limits.maxContacts} at most`))
    : ok(next);
}

/** The Contact values of the 200: every binding with the seconds it has left (RFC 3261 §10.3, step 8). */
export function contactsOfAnswer(bindings: readonly Binding[], wallNow: number): readonly NameAddr[] {
  return bindings.flatMap((binding) => {
    const uri = parseUri(binding.contact);
    if (uri === undefined) return [];
    const params = new Map([["expires", String(Math.ceil((binding.expiresAt - wallNow) / 1000))]]);
    if (binding.q !== 1) params.set("q", String(binding.q));
    if (binding.instance !== undefined) params.set("+sip.instance", binding.instance);
    return [{ uri, params }];
  });
}

function unregisterAll(
  request: SipRequest,
  current: readonly Binding[],
): Result<readonly Binding[], Failure> {
  if (deltaSeconds(header(request, "Expires")) !== 0) {
    return err(failure("sip.malformed", "Contact * needs Expires 0"));
  }
  const newer = current.find((binding) => !isNewer(request, binding));
  return newer === undefined ? ok([]) : outOfOrder(request, newer);
}

/** The binding that one Contact asks for; undefined where it asks for its removal. */
function write(
  request: SipRequest,
  source: Destination,
  { uri, params }: NameAddr,
  wallNow: number,
  limits: RegistrarLimits,
): Result<Binding | undefined, Failure> {
  if (uri.scheme !== "sip" && uri.scheme !== "sips") {
    return err(failure("sip.malformed", `Contact with a ${uri.scheme} URI`));
  }
  const asked = askedSeconds(request, params.get("expires"), limits);
  if (asked === 0) return ok(undefined);
  if (asked < limits.minExpiresSeconds) {
    return err(failure("sip.interval-too-brief", `${limits.minExpiresSeconds} seconds`));
  }
  const userAgent = header(request, "User-Agent");
  const instance = params.get("+sip.instance");
  return ok({
    contact: formatUri(uri),
    source,
    expiresAt: wallNow + 1000 * Math.min(asked, limits.maxExpiresSeconds),
    callId: request.headers.callId,
    cseq: request.headers.cseq.number,
    q: preference(params.get("q")),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(instance === undefined ? {} : { instance }),
  });
}

/** The Contact's own parameter before the Expires field before our default; what is no number asks for nothing (§10.2.1.1). */
function askedSeconds(request: SipRequest, ofContact: string | undefined, limits: RegistrarLimits): number {
  return deltaSeconds(ofContact) ?? deltaSeconds(header(request, "Expires")) ?? limits.defaultExpiresSeconds;
}

function deltaSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** RFC 3261 §25.1 `qvalue`; 1 where there is none to read. */
function preference(text: string | undefined): number {
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}

/** Replaces, adds or removes one contact, the others keeping their order. */
function put(
  bindings: readonly Binding[],
  address: NameAddr,
  binding: Binding | undefined,
): readonly Binding[] {
  const at = bindings.findIndex((one) => sameContact(one, address));
  if (at < 0) return binding === undefined ? bindings : [...bindings, binding];
  return bindings.toSpliced(at, 1, ...(binding === undefined ? [] : [binding]));
}

function sameContact(binding: Binding, { uri }: NameAddr): boolean {
  const own = parseUri(binding.contact);
  return own !== undefined && sameUri(own, uri);
}

/** A REGISTER of another Call-ID is newer whatever its number: the phone has restarted (RFC 3261 §10.3, step 7). */
function isNewer({ headers }: SipRequest, former: Binding): boolean {
  return headers.callId !== former.callId || headers.cseq.number > former.cseq;
}

function outOfOrder({ headers }: SipRequest, former: Binding): Result<never, Failure> {
  return err(failure("sip.out-of-order", `${headers.cseq.number} after ${former.cseq}`));
}

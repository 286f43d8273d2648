/**
 * What of a caller's INVITE the callee's phone gets to see: a list of named steps, read top to bottom. Everything that no
 * step puts there stays behind: addresses, tags, Call-ID, Via, Contact and unknown header fields of one leg never
 * appear on the other. Pure.
 */
import type { HeaderField, NameAddr, SipRequest, Uri } from "../sip/message/message.ts";
import { headerValues, NO_PARAMS } from "../sip/message/message.ts";
import type { User } from "./types.ts";

/** What the outgoing INVITE is made of. */
export interface Outgoing {
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly headers: readonly HeaderField[];
}

export interface PolicyInput {
  readonly invite: SipRequest;
  /** The authenticated caller: its identity is ours to state, not the phone's. */
  readonly caller: User;
  readonly callee: User;
  readonly domain: string;
}

type Step = (outgoing: Outgoing, input: PolicyInput) => Outgoing;

const STEPS: readonly Step[] = [assertCaller, addressCallee, passSubject, passPriority, passAlertInfo];

/** Runs every step. */
export function outgoingInvite(input: PolicyInput): Outgoing {
  const nobody: NameAddr = address(input.domain, "anonymous", undefined);
  let outgoing: Outgoing = { from: nobody, to: nobody, headers: [] };
  for (const step of STEPS) outgoing = step(outgoing, input);
  return outgoing;
}

/** The From is the authenticated user, whatever the phone wrote there. */
function assertCaller(outgoing: Outgoing, { caller, domain }: PolicyInput): Outgoing {
  return { ...outgoing, from: address(domain, caller.extension, caller.name) };
}

/** The To is the extension that was dialled, not the contact that rings. */
function addressCallee(outgoing: Outgoing, { callee, domain }: PolicyInput): Outgoing {
  return { ...outgoing, to: address(domain, callee.extension, callee.name) };
}

function passSubject(outgoing: Outgoing, { invite }: PolicyInput): Outgoing {
  return pass(outgoing, invite, "Subject");
}

function passPriority(outgoing: Outgoing, { invite }: PolicyInput): Outgoing {
  return pass(outgoing, invite, "Priority");
}

/** Distinctive ringing survives the server (RFC 3261 §20.4). */
function passAlertInfo(outgoing: Outgoing, { invite }: PolicyInput): Outgoing {
  return pass(outgoing, invite, "Alert-Info");
}

function pass(outgoing: Outgoing, invite: SipRequest, name: string): Outgoing {
  const passed = headerValues(invite, name).map((value): HeaderField => ({ name, value }));
  return passed.length === 0 ? outgoing : { ...outgoing, headers: [...outgoing.headers, ...passed] };
}

function address(domain: string, extension: string, name: string | undefined): NameAddr {
  const uri: Uri = { scheme: "sip", user: extension, host: domain, params: NO_PARAMS };
  return name === undefined ? { uri, params: NO_PARAMS } : { displayName: name, uri, params: NO_PARAMS };
}

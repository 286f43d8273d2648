/**
 * Decides the whole matrix of a call: who hears whom, and whose packets clock each listener, from the two parties and the
 * supervisions of that moment. Several supervisions share a call by two rules: a *party* is heard where every supervision's
 * table agrees (so a takeover silences the agent for everybody), a *supervisor* is heard where its own table says so.
 * It must never let a pair through that no table names (default deny, promise 1), nor a supervisor's keys (promise 8).
 */

import type { Hears, Matrix, PortId, Row } from "../mixer/matrix.ts";
import { UNITY } from "../mixer/matrix.ts";
import { hears, isAudible, type Mode, type Role } from "./modes.ts";

/** A party of the call as the audio sees it. */
export interface AudioParty {
  /** "" while it has none: it is then in no row. */
  readonly port: PortId;
  /** This party has put the other on hold. */
  readonly holds: boolean;
}

export interface AudioCall {
  readonly parties: readonly [AudioParty, AudioParty];
}

/** A supervisor's port, attached to the leg of its target. */
export interface AudioSupervision {
  readonly port: PortId;
  readonly targetPort: PortId;
  readonly mode: Mode;
  /** The supervisor's own phone holds: it hears nobody and nobody hears it. */
  readonly holds: boolean;
}

/**
 * The matrix of `call`: a row for each party that has a port, then one for each supervision. A supervision whose target is
 * no party of this call gets no row and is heard by nobody.
 *
 * Each row lists first the parties (for a supervisor its target first), then who took over, then the other supervisors;
 * the first one heard is the partner. So agent and customer are each other's partner, a supervisor's is its agent, and in
 * a takeover customer and supervisor become each other's. While a party is on hold the partner is whoever is still heard.
 */
export function matrixOf(call: AudioCall, supervisions: readonly AudioSupervision[]): Matrix {
  const parties = call.parties.filter((party) => party.port !== "");
  const attached = supervisions
    .filter((one) => parties.some((party) => party.port === one.targetPort))
    .sort(takeoverFirst);
  return {
    rows: [
      ...parties.map((party) => partyRow(party, parties, attached)),
      ...attached.map((one) => supervisorRow(one, parties, attached)),
    ],
  };
}

type Parties = readonly AudioParty[];
type Attached = readonly AudioSupervision[];

function partyRow(listener: AudioParty, parties: Parties, attached: Attached): Row {
  const others = parties.filter(
    (other) =>
      other !== listener &&
      // A holder sends nothing and wants nothing of the other; what a supervisor tells it is not part of what it holds.
      !listener.holds &&
      !other.holds &&
      attached.every((one) => hears(one.mode, roleOf(listener, one), roleOf(other, one))),
  );
  const supervisors = attached.filter(
    (one) => !one.holds && hears(one.mode, roleOf(listener, one), "supervisor"),
  );
  return row(listener.port, [
    ...others.map(({ port }) => ({ speaker: port, gainQ8: UNITY, digits: true })),
    ...supervisors.map(heard),
  ]);
}

function supervisorRow(listener: AudioSupervision, parties: Parties, attached: Attached): Row {
  if (listener.holds) return row(listener.port, []);
  const heardParties = targetFirst(parties, listener).filter(
    (party) =>
      // A holder is heard by nobody: who presses hold does not expect an open microphone.
      !party.holds && attached.every((one) => hears(one.mode, "supervisor", roleOf(party, one))),
  );
  const others = attached.filter((one) => one !== listener && !one.holds && isAudible(one.mode));
  return row(listener.port, [...heardParties.map(heard), ...others.map(heard)]);
}

function heard({ port }: { readonly port: PortId }): Hears {
  return { speaker: port, gainQ8: UNITY };
}

function row(listener: PortId, all: readonly Hears[]): Row {
  const partner = all[0]?.speaker;
  return partner === undefined ? { listener, hears: all } : { listener, partner, hears: all };
}

/** The role a party plays as this supervision sees it. */
function roleOf(party: AudioParty, supervision: AudioSupervision): Role {
  return party.port === supervision.targetPort ? "agent" : "customer";
}

function targetFirst(parties: Parties, listener: AudioSupervision): Parties {
  return [
    ...parties.filter((party) => party.port === listener.targetPort),
    ...parties.filter((party) => party.port !== listener.targetPort),
  ];
}

function takeoverFirst(a: AudioSupervision, b: AudioSupervision): number {
  return Number(b.mode === "takeover") - Number(a.mode === "takeover");
}

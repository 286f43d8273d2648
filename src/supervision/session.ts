import type { CallView, FeatureLeg, Party } from "../b2bua/types.ts";
import type { PortId } from "../mixer/matrix.ts";
import type { AudioSupervision } from "./audio.ts";
import type { People, Person } from "./ledger/hearing.ts";
import type { Mode } from "./modes.ts";
import type { State } from "./supervision.ts";

/** One supervision at the desk: its state, and the leg and the call it is about. */
export interface Session {
  readonly leg: FeatureLeg;
  /** Extension of the target. */
  readonly target: string;
  /** Wall-clock ms (UTC) at which the code was dialled. */
  readonly startedAt: number;
  /** The call it follows; while it waits, the last one. */
  call: string;
  /** The supervisor's media port; undefined until its leg is answered. */
  port: PortId | undefined;
  state: State;
}

/** A live supervision as the rest of the house sees it: a snapshot. */
export interface SupervisionView {
  /** The id of the supervisor's leg. */
  readonly id: string;
  /** Extensions. */
  readonly supervisor: string;
  readonly target: string;
  /** The call it follows; while it waits, the last one. */
  readonly call: string;
  readonly phase: "invited" | "attached" | "waiting";
  /** Undefined while it waits. */
  readonly mode: Mode | undefined;
  /** Wall-clock ms (UTC) at which the code was dialled. */
  readonly startedAt: number;
}

/** The snapshot of a session; undefined once it has ended. */
export function viewOf({ leg, target, call, startedAt, state }: Session): SupervisionView | undefined {
  if (state.phase === "ended") return undefined;
  const mode = state.phase === "waiting" ? undefined : state.mode;
  return { id: leg.id, supervisor: leg.user.extension, target, call, phase: state.phase, mode, startedAt };
}

/** The leg of a configured extension in a call. */
export function partyOf(call: CallView, extension: string): Party | undefined {
  return call.parties.find((party) => party.user?.extension === extension);
}

/** What the sessions of a call bring into its matrix. */
export function audioOf(call: CallView, sessions: readonly Session[]): readonly AudioSupervision[] {
  return sessions.flatMap(({ port, target, state }) => {
    const targetPort = partyOf(call, target)?.port;
    if (state.phase !== "attached" || port === undefined || targetPort === undefined) return [];
    return [{ port, targetPort, mode: state.mode, holds: state.holds }];
  });
}

/** Who is behind each port of a call, for the ledger. */
export function peopleOf(call: CallView, sessions: readonly Session[]): People {
  const people = new Map<PortId, Person>();
  for (const party of call.parties) people.set(party.port, { role: "party", name: party.display });
  for (const { port, leg, state } of sessions) {
    if (state.phase !== "attached" || port === undefined) continue;
    const { mode, way: reason } = state;
    people.set(port, {
      role: "supervisor",
      name: leg.user.extension,
      supervision: leg.id,
      mode,
      reason,
    });
  }
  return people;
}

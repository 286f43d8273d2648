/**
 * Derives who hears whom under supervision from the matrix itself, not from the commands that led to it: what is recorded
 * is what the mixer is told. Decides which hearings begin and end between two matrices. A change of mode ends and begins
 * even a pair that goes on, because the mode is part of what is on record.
 */

import type { Matrix, PortId } from "../../mixer/matrix.ts";
import type { Mode } from "../modes.ts";
import type { Way } from "../supervision.ts";

/** Who is behind a port. */
export type Person =
  | { readonly role: "party"; readonly name: string }
  | {
      readonly role: "supervisor";
      readonly name: string;
      readonly supervision: string;
      readonly mode: Mode;
      readonly reason: Way;
    };

export type People = ReadonlyMap<PortId, Person>;

/** One person hears another, and at least one of them is a supervisor. */
export interface Hearing {
  /** Equal for two hearings that are one and the same. */
  readonly key: string;
  readonly listener: string;
  readonly speaker: string;
  /** The supervisor that makes it one: the speaker, where both are supervisors, since its mode is what lets it be heard. */
  readonly supervisor: string;
  readonly supervision: string;
  readonly mode: Mode;
  readonly reason: Way;
}

/** Every hearing that a matrix lets happen; a port with nobody known behind it goes by its own name. */
export function hearingsOf(matrix: Matrix, people: People): readonly Hearing[] {
  const hearings: Hearing[] = [];
  for (const row of matrix.rows) {
    for (const { speaker, gainQ8 } of row.hears) {
      const listening = people.get(row.listener);
      const speaking = people.get(speaker);
      const supervising = [speaking, listening].find((person) => person?.role === "supervisor");
      if (gainQ8 === 0 || supervising?.role !== "supervisor") continue;
      const { name: supervisor, supervision, mode, reason } = supervising;
      hearings.push({
        key: JSON.stringify([row.listener, speaker, supervision, mode]),
        listener: listening?.name ?? row.listener,
        speaker: speaking?.name ?? speaker,
        supervisor,
        supervision,
        mode,
        reason,
      });
    }
  }
  return hearings;
}

/**
 * The four modes of supervision as rows of one table: who hears whom, by role. Everything a mode does to the audio stands
 * here and nowhere else, so that the whole policy of the product can be audited on one screen. Never add a flag beside it.
 */

export type Mode = "monitor" | "whisper" | "barge" | "takeover";

/** Seen from one supervision: its target is the agent, the other party of the call the customer. */
export type Role = "agent" | "customer" | "supervisor";

/** HEARS[mode][listener] = the roles that listener hears. */
export const HEARS = {
  monitor: { agent: ["customer"], customer: ["agent"], supervisor: ["agent", "customer"] },
  whisper: { agent: ["customer", "supervisor"], customer: ["agent"], supervisor: ["agent", "customer"] },
  barge: {
    agent: ["customer", "supervisor"],
    customer: ["agent", "supervisor"],
    supervisor: ["agent", "customer"],
  },
  takeover: { agent: ["customer", "supervisor"], customer: ["supervisor"], supervisor: ["customer"] },
} as const satisfies Record<Mode, Record<Role, readonly Role[]>>;

export const MODES: readonly Mode[] = ["monitor", "whisper", "barge", "takeover"];

/** Whether `listener` hears `speaker` in this mode. */
export function hears(mode: Mode, listener: Role, speaker: Role): boolean {
  const row: readonly Role[] = HEARS[mode][listener];
  return row.includes(speaker);
}

/** Whether one of the two parties hears the supervisor in this mode. */
export function isAudible(mode: Mode): boolean {
  return hears(mode, "agent", "supervisor") || hears(mode, "customer", "supervisor");
}

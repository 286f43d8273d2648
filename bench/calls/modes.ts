/** What the load expects of each mode: written down here and not taken from the server, so that a wrong matrix shows. */
export const ROLES = ["agent", "customer", "supervisor"] as const;
export type Role = (typeof ROLES)[number];

export const MODES = ["none", "monitor", "whisper", "barge", "takeover"] as const;
/** `none` is the plain call: nobody supervises. */
export type Mode = (typeof MODES)[number];

/** Whom a listener hears. One speaker is relayed byte for byte, several are mixed, nobody is silence without packets. */
export const HEARS: Readonly<Record<Mode, Readonly<Record<Role, readonly Role[]>>>> = {
  none: { agent: ["customer"], customer: ["agent"], supervisor: [] },
  monitor: { agent: ["customer"], customer: ["agent"], supervisor: ["agent", "customer"] },
  whisper: { agent: ["customer", "supervisor"], customer: ["agent"], supervisor: ["agent", "customer"] },
  barge: {
    agent: ["customer", "supervisor"],
    customer: ["agent", "supervisor"],
    supervisor: ["agent", "customer"],
  },
  takeover: { agent: ["customer", "supervisor"], customer: ["supervisor"], supervisor: ["customer"] },
};

/** What a supervisor dials before the agent's extension: the server's usual codes. */
export const CODES: Readonly<Record<Exclude<Mode, "none">, string>> = {
  monitor: "*90",
  whisper: "*91",
  barge: "*92",
  takeover: "*93",
};

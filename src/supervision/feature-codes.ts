/**
 * Reads what a supervisor dials and presses: a feature code with the target's extension behind it, and the keys of a
 * running supervision. It only names what is asked for; whether it is allowed is the policy's to say.
 */

import { type Failure, failure } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import { MODES, type Mode } from "./modes.ts";

/** The dialled prefix of each mode. */
export type FeatureCodes = Readonly<Record<Mode, string>>;

/** What a key asks for: a mode, or to hand a call that was taken over back to its agent. */
export type Command = Mode | "handback";

/** The key of each command. */
export type Keys = Readonly<Record<Command, string>>;

export const DEFAULT_CODES: FeatureCodes = { monitor: "*90", whisper: "*91", barge: "*92", takeover: "*93" };

export const DEFAULT_KEYS: Keys = { monitor: "4", whisper: "5", barge: "6", takeover: "7", handback: "9" };

export interface SuperviseCode {
  readonly kind: "supervise";
  readonly mode: Mode;
  readonly extension: string;
}

/**
 * Reads a dialled string; undefined when it begins with no code. The longest code that fits wins, so that "*9" and "*90"
 * can stand side by side. Errors: `supervision.no-extension` for a code with nothing behind it.
 */
export function parseFeatureCode(
  dialled: string,
  codes: FeatureCodes = DEFAULT_CODES,
): Result<SuperviseCode, Failure> | undefined {
  const [mode] = MODES.filter((one) => codes[one] !== "" && dialled.startsWith(codes[one])).sort(
    (a, b) => codes[b].length - codes[a].length,
  );
  if (mode === undefined) return undefined;
  const extension = dialled.slice(codes[mode].length);
  return extension === ""
    ? err(failure("supervision.no-extension", codes[mode]))
    : ok({ kind: "supervise", mode, extension });
}

/** What a key pressed during a supervision asks for; undefined when it means nothing. */
export function parseKey(key: string, keys: Keys = DEFAULT_KEYS): Command | undefined {
  const commands: readonly Command[] = [...MODES, "handback"];
  return commands.find((command) => keys[command] === key);
}

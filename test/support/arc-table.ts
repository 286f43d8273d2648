/** One arc of a state machine, as a line of a test table gives it. */
export interface Arc<State, Event> {
  readonly from: State;
  /** The event as written, for the test's name. */
  readonly words: string;
  readonly event: Event;
  readonly next: State;
  /** The effects in words and in order, empty where there are none. */
  readonly effects: string;
  /** The rule this arc obeys, as a MUST sentence. */
  readonly rule: string;
}

/** Reads `from | event | next | effects | rule`, one arc a line, so that a table looks like the figure it copies. */
export function arcTable<State extends string, Event>(table: string): Arc<State, Event>[] {
  return table
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([from, words = "", next, effects = "", rule = ""]) => ({
      from: from as State,
      words,
      event: eventOf<Event>(words),
      next: next as State,
      effects,
      rule,
    }));
}

/** "timer A 500", "response 180", "respond 200", or the bare name of an event. */
export function eventOf<Event>(words: string): Event {
  const [type = "", first = "", second] = words.split(" ");
  if (type === "timer") return { type, timer: first, ms: Number(second) } as Event;
  return (first === "" ? { type } : { type, status: Number(first) }) as Event;
}

/** Effects in words: "send-request, start A 500, stop B, to-user response". */
export function inWords(effects: readonly Effect[]): string {
  return effects
    .map((effect) => {
      if (effect.type === "start-timer") return `start ${effect.timer} ${effect.ms}`;
      if (effect.type === "cancel-timer") return `stop ${effect.timer}`;
      return effect.what === undefined ? effect.type : `to-user ${effect.what}`;
    })
    .join(", ");
}

interface Effect {
  readonly type: string;
  readonly timer?: string;
  readonly ms?: number;
  readonly what?: string;
}

/** Every pair of a state and an event that no arc of the table names: there a machine must do nothing. */
export function absentArcs<State extends string, Event>(
  table: readonly Arc<State, Event>[],
  states: readonly State[],
  events: readonly string[],
): [State, string][] {
  const named = new Set(table.map(({ from, words }) => `${from} ${kindOf(words)}`));
  return states.flatMap((state) =>
    events
      .filter((words) => !named.has(`${state} ${kindOf(words)}`))
      .map((words): [State, string] => [state, words]),
  );
}

/** "response 1", "respond 2", "respond 3" for all from 300 on, "timer A": what a figure draws as one arc. */
function kindOf(words: string): string {
  const [type, first = ""] = words.split(" ");
  if (type === "timer" || first === "") return `${type} ${first}`;
  return `${type} ${Math.min(3, Math.floor(Number(first) / 100))}`;
}

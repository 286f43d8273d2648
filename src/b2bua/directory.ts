import { Emitter } from "../core/emitter.ts";
import type { MediaEngine } from "../mixer/engine/media-engine.ts";
import { SILENCE } from "../mixer/matrix.ts";
import type { Audio, CallDirectory, CallView, DirectoryEvents } from "./types.ts";

/** A call as its directory needs it. */
export interface LiveCall {
  readonly id: string;
  /** The call as others see it; undefined before it has begun. */
  view(): CallView | undefined;
  hangUp(reason: string): void;
}

/** The live calls, and the only place from which a matrix reaches the engine. */
export class LiveCalls implements CallDirectory {
  readonly events = new Emitter<DirectoryEvents>();
  readonly #engine: MediaEngine;
  readonly #audio: Audio;
  readonly #calls = new Map<string, LiveCall>();

  constructor(engine: MediaEngine, audio: Audio) {
    this.#engine = engine;
    this.#audio = audio;
  }

  add(call: LiveCall): void {
    this.#calls.set(call.id, call);
  }

  /** Takes a call that is over, and already silent, out of the directory, and tells its end. */
  remove(call: LiveCall, cause: string): void {
    if (!this.#calls.delete(call.id)) return;
    const view = call.view();
    if (view !== undefined) this.events.emit("ended", view, cause);
  }

  changed(call: LiveCall): void {
    const view = call.view();
    if (view !== undefined && this.#calls.has(call.id)) this.events.emit("changed", view);
  }

  get(call: string): CallView | undefined {
    return this.#calls.get(call)?.view();
  }

  callsOf(extension: string): readonly CallView[] {
    const theirs = this.all().filter((call) =>
      call.parties.some((party) => party.user?.extension === extension),
    );
    return theirs.sort((a, b) => activity(b, extension) - activity(a, extension));
  }

  all(): readonly CallView[] {
    const views: CallView[] = [];
    for (const call of this.#calls.values()) {
      const view = call.view();
      if (view !== undefined) views.push(view);
    }
    return views;
  }

  refreshAudio(call: string): void {
    const view = this.get(call);
    if (view === undefined || view.state === "ringing") this.silence(call);
    else this.#engine.setMatrix(call, this.#audio(view));
  }

  /** Nobody hears anybody any more: what comes first when a call ends. */
  silence(call: string): void {
    this.#engine.setMatrix(call, SILENCE);
  }

  hangUp(call: string): void {
    this.#calls.get(call)?.hangUp("hung up by the operator");
  }

  /** Hangs up every call: the server stops. */
  hangUpAll(reason: string): void {
    for (const call of [...this.#calls.values()]) call.hangUp(reason);
  }
}

/** Talking before ringing, not holding before holding, and the latest answered first. */
function activity(call: CallView, extension: string): number {
  if (call.state !== "talking") return -1;
  const holds = call.parties.some((party) => party.user?.extension === extension && party.holds);
  return (call.answeredAt ?? 0) + (holds ? 0 : Number.MAX_SAFE_INTEGER / 2);
}

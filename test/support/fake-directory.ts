import type {
  Audio,
  CallDirectory,
  CallView,
  DirectoryEvents,
  FeatureLeg,
  FeatureLegEvents,
  Party,
  User,
} from "../../src/b2bua/types.ts";
import { Emitter } from "../../src/core/emitter.ts";
import type { Failure } from "../../src/core/failure.ts";
import type { Matrix, PortId } from "../../src/mixer/matrix.ts";

/** Calls that a test makes, changes and ends; matrices are computed by `audio` as the B2BUA does, and kept. */
export class FakeDirectory implements CallDirectory {
  readonly events = new Emitter<DirectoryEvents>((error) => {
    throw error;
  });
  /** The matrix in force for each call. */
  readonly inForce = new Map<string, Matrix>();
  /** What happened, in order: "audio call-1", and what legs add. */
  readonly journal: string[] = [];
  audio: Audio = () => ({ rows: [] });
  #calls: CallView[] = [];

  get(call: string): CallView | undefined {
    return this.#calls.find((one) => one.id === call);
  }

  callsOf(extension: string): readonly CallView[] {
    return this.#calls
      .filter((call) => call.parties.some((party) => party.user?.extension === extension))
      .sort((a, b) => (b.answeredAt ?? -1) - (a.answeredAt ?? -1));
  }

  all(): readonly CallView[] {
    return this.#calls;
  }

  refreshAudio(call: string): void {
    const view = this.get(call);
    if (view === undefined) return;
    this.journal.push(`audio ${call}`);
    this.inForce.set(call, this.audio(view));
  }

  hangUp(call: string): void {
    this.end(call);
  }

  /** Puts a call in the place of the one with its id, as an answer, a hold or a resume does. */
  put(call: CallView): void {
    this.#calls = [...this.#calls.filter((one) => one.id !== call.id), call];
    this.events.emit("changed", call);
    this.refreshAudio(call.id);
  }

  end(id: string): void {
    const call = this.get(id);
    if (call === undefined) return;
    this.#calls = this.#calls.filter((one) => one !== call);
    this.inForce.delete(id);
    this.events.emit("ended", call, "normal");
  }

  /** "1001<2001,3001" for each row of the matrix in force, ports named after extensions. */
  picture(call: string): readonly string[] {
    const rows = this.inForce.get(call)?.rows ?? [];
    return rows.map((row) => `${row.listener}<${row.hears.map((one) => one.speaker).join()}`);
  }
}

/** A call of two extensions, answered at `answeredAt`; a port is named after its extension. */
export function callOf(id: string, caller: User, callee: User, answeredAt: number | undefined = 0): CallView {
  const parties: [Party, Party] = [partyFor(caller), partyFor(callee)];
  return answeredAt === undefined
    ? { id, state: "ringing", parties, startedAt: 0 }
    : { id, state: "talking", parties, startedAt: 0, answeredAt };
}

function partyFor(user: User): Party {
  const { extension } = user;
  return { leg: `leg-${extension}`, port: extension, user, display: extension, holds: false };
}

/** A supervisor's leg whose answer the test gives. */
export class FakeLeg implements FeatureLeg {
  readonly id: string;
  readonly events = new Emitter<FeatureLegEvents>((error) => {
    throw error;
  });
  readonly user: User;
  readonly dialled: string;
  refusal: Failure | undefined;
  hangUpReason: string | undefined;
  answeredFor: string | undefined;
  /** Awaited before the answer. */
  beforeAnswer: Promise<void> = Promise.resolve();
  outcome: Failure | PortId;
  readonly #directory: FakeDirectory;

  constructor(directory: FakeDirectory, user: User, dialled: string, id = `leg-${user.extension}`) {
    this.#directory = directory;
    this.user = user;
    this.dialled = dialled;
    this.id = id;
    this.outcome = user.extension;
  }

  async answer(call: string): Promise<Failure | PortId> {
    this.answeredFor = call;
    await this.beforeAnswer;
    return this.outcome;
  }

  join(call: string): void {
    this.#directory.journal.push(`join ${call} ${this.id}`);
  }

  refuse(failure: Failure): void {
    this.refusal = failure;
    this.events.emit("ended");
  }

  hangUp(reason: string): void {
    this.#directory.journal.push(`hang-up ${this.id}`);
    this.hangUpReason = reason;
    this.events.emit("ended");
  }
}

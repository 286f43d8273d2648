import { Emitter } from "../core/emitter.ts";
import { type Failure, failure, messageOf } from "../core/failure.ts";
import type { PortId } from "../mixer/matrix.ts";
import { reasonText } from "./call.ts";
import type { Leg } from "./leg.ts";
import { phraseOf, refusalOf } from "./refusal.ts";
import type { FeatureLeg, FeatureLegEvents, User } from "./types.ts";

/** A leg that dialled a feature code, as its feature sees it: a Leg that belongs to no call of its own. */
export class DialledFeature implements FeatureLeg {
  readonly id: string;
  readonly user: User;
  readonly dialled: string;
  readonly events = new Emitter<FeatureLegEvents>();
  readonly #leg: Leg;
  #ended = false;

  constructor(leg: Leg, user: User, dialled: string) {
    this.#leg = leg;
    this.id = leg.id;
    this.user = user;
    this.dialled = dialled;
    leg.events.on("digit", (digit) => this.events.emit("digit", digit));
    leg.events.on("hold", (on) => this.events.emit("hold", on));
    leg.events.on("ended", () => this.#end());
    leg.events.on("media-lost", (reason) => this.hangUp(reason));
    leg.events.on("unanswerable", (why) => this.hangUp(messageOf(why)));
  }

  async answer(call: string): Promise<Failure | PortId> {
    const failed = await this.#leg.prepare(call);
    if (failed !== undefined) {
      this.refuse(failed);
      return failed;
    }
    const port = this.#leg.port;
    if (this.#ended || port === undefined) return failure("sip.no-transaction", "the phone has hung up");
    const unanswered = this.#leg.answer();
    if (unanswered !== undefined) this.refuse(unanswered);
    return unanswered ?? port;
  }

  join(call: string): void {
    this.#leg.join(call);
  }

  refuse(why: Failure): void {
    const refusal = refusalOf(why);
    this.#leg.end({ status: refusal.status, phrase: phraseOf(refusal) });
    this.#end();
  }

  hangUp(reason: string): void {
    // The listener takes the port out of the matrix before the far end hears of it (promise 5).
    this.#end(() => this.#leg.end({ reason: reasonText(reason) }));
  }

  #end(hangUp: () => void = () => {}): void {
    if (this.#ended) return;
    this.#ended = true;
    this.events.emit("ended");
    hangUp();
    this.#leg.close();
  }
}

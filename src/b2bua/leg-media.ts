import { Emitter } from "../core/emitter.ts";
import { type Failure, failure } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { CodecName, MediaEngine, PortMedia } from "../mixer/engine/media-engine.ts";
import type { PortId } from "../mixer/matrix.ts";
import type { AgreedAudio } from "../sip/sdp/agreed-audio.ts";
import { formatSdp } from "../sip/sdp/format-sdp.ts";
import { type AudioCapabilities, acceptAnswer, answerOffer, makeOffer } from "../sip/sdp/offer-answer.ts";
import { parseSdp } from "../sip/sdp/parse-sdp.ts";
import type { SessionDescription } from "../sip/sdp/session-description.ts";

export interface LegMediaSettings {
  /** Most preferred first. */
  readonly codecs: readonly CodecName[];
  /** The address this leg's peer reaches our media at. */
  readonly address: string;
  /** RTP silence after which the leg counts as lost, ms; 0 never. */
  readonly timeoutMs: number;
}

export type LegMediaEvents = {
  /** A telephone-event began. */
  digit: [digit: string];
  /** Nothing was received for long, though the peer has agreed to send. */
  silent: [];
  /** The media engine behind the port is gone. */
  lost: [];
};

/** The media half of a leg: its port in the engine and what offer and answer (RFC 3264) have made of it. */
export class LegMedia {
  readonly events = new Emitter<LegMediaEvents>();
  readonly #engine: MediaEngine;
  readonly #ports: PortEvents;
  readonly #settings: LegMediaSettings;
  #port: PortId | undefined;
  #rtpPort = 0;
  #closed = false;
  /** The last description we sent: o= versions and m= lines go on from it. */
  #local: SessionDescription | undefined;
  /** The description we sent that waits for its answer. */
  #offer: SessionDescription | undefined;
  #agreed: AgreedAudio | undefined;
  #considered: CodecName | undefined;
  /** What the port was last set to, to set it again only where something changed. */
  #configured: string | undefined;

  constructor(engine: MediaEngine, ports: PortEvents, settings: LegMediaSettings) {
    this.#engine = engine;
    this.#ports = ports;
    this.#settings = settings;
  }

  get port(): PortId | undefined {
    return this.#port;
  }

  /** The codec agreed on, or the one an offer not yet answered would come to. */
  get codec(): CodecName | undefined {
    return this.#agreed?.codec ?? this.#considered;
  }

  /** The peer has put us on hold, in whatever spelling. */
  get remoteHolds(): boolean {
    return this.#agreed?.remoteHolds ?? false;
  }

  /** Opens the port beside the others of `call`. Safe to call twice; a leg closed meanwhile gives its port back. */
  async open(call: string): Promise<Failure | undefined> {
    if (this.#port !== undefined) return undefined;
    const opened = await this.#engine.openPort(call, { timeoutMs: this.#settings.timeoutMs });
    if (!opened.ok) return opened.error;
    if (this.#closed) {
      void this.#engine.closePort(opened.value.port);
      return failure("sip.no-transaction", "the leg has ended");
    }
    this.#port = opened.value.port;
    this.#rtpPort = opened.value.rtpPort;
    this.#ports.listen(this.#port, this);
    return undefined;
  }

  /** Takes the port beside the ports of another call. */
  join(call: string): void {
    if (this.#port !== undefined) this.#engine.movePort(this.#port, call);
  }

  /** Whether this offer could be answered: the codec it would come to is then `codec`. Nothing is sent or opened. */
  consider(offer: string): Failure | undefined {
    const parsed = parseSdp(offer);
    if (!parsed.ok) return parsed.error;
    const answered = answerOffer(parsed.value, this.#capabilities(), this.#local);
    if (!answered.ok) return answered.error;
    this.#considered = answered.value.agreed.codec;
    return undefined;
  }

  /** Our SDP offer, with `prefer` first among the codecs. */
  offer(prefer?: CodecName): string {
    const offer = makeOffer(this.#capabilities(prefer), this.#local);
    this.#offer = offer;
    this.#local = offer;
    return formatSdp(offer);
  }

  /** Our answer to the peer's offer; the port is set to what it agrees on. */
  answer(offer: string, prefer?: CodecName): Result<string, Failure> {
    const parsed = parseSdp(offer);
    if (!parsed.ok) return err(parsed.error);
    const answered = answerOffer(parsed.value, this.#capabilities(prefer), this.#local);
    if (!answered.ok) return err(answered.error);
    this.#local = answered.value.answer;
    this.#agree(answered.value.agreed);
    return ok(formatSdp(answered.value.answer));
  }

  /** The peer's answer to our offer; the port is set to what it agrees on. The same answer again changes nothing. */
  accept(answer: string): Failure | undefined {
    const parsed = parseSdp(answer);
    if (!parsed.ok) return parsed.error;
    if (this.#offer === undefined) return failure("sdp.malformed", "an answer without an offer");
    const agreed = acceptAnswer(this.#offer, parsed.value);
    if (!agreed.ok) return agreed.error;
    this.#agree(agreed.value);
    return undefined;
  }

  /** Gives the port back. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#port === undefined) return;
    this.#ports.forget(this.#port);
    void this.#engine.closePort(this.#port);
  }

  /** Told by the engine that nothing was received for long: somebody who holds, or only listens, need not send. */
  silent(): void {
    if (this.#agreed?.direction === "sendrecv") this.events.emit("silent");
  }

  #agree(agreed: AgreedAudio): void {
    const before = this.#agreed;
    this.#agreed = agreed;
    if (this.#port === undefined) return;
    const { direction, remoteHolds, ...media } = agreed;
    // An old-style hold names 0.0.0.0: nothing could be sent there, and the matrix sends nothing to who holds.
    const remote = remoteHolds && before !== undefined ? before.remote : media.remote;
    const wanted: PortMedia = { ...media, remote };
    // A new configuration makes the port learn its source anew (symmetric RTP) and wait for audio from now on: only where
    // something really changed, or after a hold.
    const text = JSON.stringify({ ...wanted, direction });
    if (text === this.#configured) return;
    this.#configured = text;
    this.#engine.configurePort(this.#port, wanted);
  }

  #capabilities(prefer?: CodecName): AudioCapabilities {
    const { codecs, address } = this.#settings;
    return {
      codecs,
      address,
      port: this.#rtpPort,
      telephoneEvent: true,
      ptimeMs: 20,
      // RFC 8866 §5.2 wants it unique for this host and user: the port is, among the sessions that live.
      sessionId: String(this.#rtpPort),
      ...(prefer === undefined ? {} : { prefer }),
    };
  }
}

/** Hands the engine's events to the leg that owns the port. */
export class PortEvents {
  readonly #owners = new Map<PortId, LegMedia>();

  constructor(engine: MediaEngine) {
    engine.events.on("digit", (port, digit) => this.#owners.get(port)?.events.emit("digit", digit));
    engine.events.on("silent", (port) => this.#owners.get(port)?.silent());
    engine.events.on("lost", (ports) => {
      for (const port of ports) this.#owners.get(port)?.events.emit("lost");
    });
  }

  listen(port: PortId, owner: LegMedia): void {
    this.#owners.set(port, owner);
  }

  forget(port: PortId): void {
    this.#owners.delete(port);
  }
}

import type { Clock } from "../../core/clock.ts";
import { Emitter } from "../../core/emitter.ts";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Matrix, PortId } from "../matrix.ts";
import { type Channel, Link } from "./link.ts";
import type {
  EngineOptions,
  MediaEngine,
  MediaEvents,
  PortMedia,
  PortOpened,
  PortOptions,
  PortStatistics,
} from "./media-engine.ts";
import { PortRange } from "./port-range.ts";
import type { AnswerTo, News } from "./protocol.ts";

const NOTHING: PortStatistics = {
  received: 0,
  sent: 0,
  receivedOctets: 0,
  sentOctets: 0,
  lost: 0,
  jitterMs: 0,
  strangers: 0,
  malformed: 0,
  late: 0,
  roundTripMs: 0,
};

/** A host that ends sooner after its start than this is not replaced, ms. */
const MIN_LIFE_MS = 1000;

/** A port as the main thread knows it. */
interface Place {
  call: string;
  link: Link;
  readonly rtpPort: number;
  readonly timeoutMs: number;
  /** What was last negotiated, for a host that it moves to. */
  media?: PortMedia;
  /** Its moves from host to host, once there was one: no order reaches it on the way. */
  carried?: Promise<void>;
}

/** The engine's front: places calls on hosts, hands out UDP ports, and speaks to the hosts over their channels. */
export class Engine implements MediaEngine {
  readonly events = new Emitter<MediaEvents>();
  #links: readonly Link[];
  readonly #replacement: (() => Channel) | undefined;
  readonly #range: PortRange;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #ports = new Map<PortId, Place>();
  /** Each call's host, while it has ports or is getting one. */
  readonly #calls = new Map<string, { readonly link: Link; users: number }>();
  #lastPort = 0;
  #closing = false;

  /** `replacement` makes the channel to a new host where one has ended; without it the engine goes on with those it has. */
  constructor(
    channels: readonly Channel[],
    options: EngineOptions,
    clock: Clock,
    random: () => number,
    replacement?: () => Channel,
  ) {
    this.#range = new PortRange(options.portRange.low, options.portRange.high);
    this.#clock = clock;
    this.#random = random;
    this.#replacement = replacement;
    this.#links = channels.map((channel) => this.#connect(channel));
  }

  get ports(): number {
    return this.#ports.size;
  }

  async openPort(call: string, options: PortOptions = {}): Promise<Result<PortOpened, Failure>> {
    const link = this.#hold(call);
    if (link === undefined) return err(failure("media.engine-lost"));
    const opened = await this.#open(call, link, options.timeoutMs ?? 0);
    if (!opened.ok) this.#release(call, link);
    return opened;
  }

  configurePort(port: PortId, media: PortMedia): void {
    const place = this.#ports.get(port);
    if (place === undefined) return;
    place.media = media;
    place.link.order({ type: "configure", port, media });
  }

  movePort(port: PortId, call: string): void {
    const place = this.#ports.get(port);
    if (place === undefined || place.call === call) return;
    const link = this.#hold(call);
    if (link === undefined) return;
    const { call: left, link: from } = place;
    place.call = call;
    place.link = link;
    if (link === from && place.carried === undefined) link.order({ type: "move", port, call });
    else place.carried = this.#carry(port, place, from, { call, link });
    this.#release(left, from);
  }

  setMatrix(call: string, matrix: Matrix): void {
    this.#calls.get(call)?.link.order({ type: "matrix", call, matrix });
  }

  async closePort(port: PortId): Promise<PortStatistics> {
    const place = this.#ports.get(port);
    if (place === undefined) return NOTHING;
    this.#ports.delete(port);
    if (place.carried !== undefined) await place.carried;
    const last = await place.link.ask("closePort", { port });
    this.#range.free(place.rtpPort, this.#clock.now());
    this.#release(place.call, place.link);
    return (last.ok ? last.value : undefined) ?? NOTHING;
  }

  async statistics(port: PortId): Promise<PortStatistics | undefined> {
    const statistics = await this.#ports.get(port)?.link.ask("statistics", { port });
    return statistics?.ok ? statistics.value : undefined;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.events.clear();
    await Promise.all(this.#links.map((link) => link.close()));
    this.#ports.clear();
    this.#calls.clear();
  }

  #connect(channel: Channel): Link {
    const since = this.#clock.now();
    const link: Link = new Link(
      channel,
      (news) => this.#onNews(news),
      (cause) => {
        const lived = this.#clock.now() - since;
        // A host that cannot even live that long would only be replaced by others like it, for ever.
        if (!this.#closing && this.#replacement !== undefined && lived >= MIN_LIFE_MS) {
          const next = this.#connect(this.#replacement());
          this.#links = this.#links.map((one) => (one === link ? next : one));
        }
        this.#onEnd(link, cause);
      },
    );
    return link;
  }

  /** The call's host, or for a new call the one with the fewest calls; undefined where none is alive. */
  #hold(call: string): Link | undefined {
    const known = this.#calls.get(call);
    if (known !== undefined) {
      known.users++;
      return known.link;
    }
    const load = (link: Link) => [...this.#calls.values()].filter((one) => one.link === link).length;
    const [link] = this.#links.filter((one) => !one.ended).sort((a, b) => load(a) - load(b));
    if (link !== undefined) this.#calls.set(call, { link, users: 1 });
    return link;
  }

  #release(call: string, link: Link): void {
    const known = this.#calls.get(call);
    if (known?.link !== link) return;
    known.users--;
    if (known.users === 0) this.#calls.delete(call);
  }

  /** Tries pairs until one can be bound. Those that others use are given back at the end, so that none is tried twice. */
  async #open(call: string, link: Link, timeoutMs: number): Promise<Result<PortOpened, Failure>> {
    const inUse: number[] = [];
    try {
      for (;;) {
        const rtpPort = this.#range.take(this.#clock.now(), this.#random());
        if (rtpPort === undefined) return err(failure("media.no-ports"));
        const port: PortId = `port-${++this.#lastPort}`;
        const asked = await link.ask("open", { port, call, rtpPort, timeoutMs });
        if (asked.ok && asked.value.outcome === "opened") {
          this.#ports.set(port, { call, link, rtpPort, timeoutMs });
          return ok({ port, rtpPort, ssrc: asked.value.ssrc });
        }
        inUse.push(rtpPort);
        const refused = refusal(asked);
        if (refused !== undefined) return err(refused);
      }
    } finally {
      for (const rtpPort of inUse) this.#range.free(rtpPort, this.#clock.now());
    }
  }

  /** Brings a port from one host to another: closed there, opened here as it was. Moves of one port follow each other. */
  async #carry(port: PortId, place: Place, from: Link, to: { call: string; link: Link }): Promise<void> {
    await place.carried;
    if (from === to.link) {
      from.order({ type: "move", port, call: to.call });
      return;
    }
    const { rtpPort, timeoutMs } = place;
    const left = await from.ask("surrender", { port });
    const identity = left.ok ? left.value : undefined;
    const opened =
      identity && (await to.link.ask("open", { port, call: to.call, rtpPort, timeoutMs, identity }));
    if (opened?.ok && opened.value.outcome === "opened") {
      if (place.media !== undefined) to.link.order({ type: "configure", port, media: place.media });
    } else if (this.#ports.delete(port)) {
      this.#range.free(rtpPort, this.#clock.now());
      this.#release(place.call, place.link);
      this.events.emit("lost", [port], "its UDP ports could not be bound where its call went");
    }
  }

  #onNews(news: News): void {
    if (!this.#ports.has(news.port)) return;
    switch (news.type) {
      case "digit":
        this.events.emit("digit", news.port, news.digit);
        return;
      case "silent":
        this.events.emit("silent", news.port);
        return;
    }
  }

  #onEnd(link: Link, cause: string): void {
    if (this.#closing) return;
    const lost = [...this.#ports].filter(([, place]) => place.link === link);
    for (const [port, place] of lost) {
      this.#ports.delete(port);
      this.#range.free(place.rtpPort, this.#clock.now());
    }
    for (const [call, one] of this.#calls) if (one.link === link) this.#calls.delete(call);
    this.events.emit(
      "lost",
      lost.map(([port]) => port),
      cause,
    );
  }
}

/** Why a pair could not be opened, unless another process merely uses it. */
function refusal(asked: Result<AnswerTo<"open">, Failure>): Failure | undefined {
  if (!asked.ok) return asked.error;
  return asked.value.outcome === "refused" ? failure("media.no-ports", asked.value.detail) : undefined;
}

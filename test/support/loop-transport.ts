import type { Clock } from "../../src/core/clock.ts";
import { Emitter } from "../../src/core/emitter.ts";
import { type Failure, failure } from "../../src/core/failure.ts";
import type { SipMessage } from "../../src/sip/message/message.ts";
import { withReceived } from "../../src/sip/transport/received.ts";
import type {
  Destination,
  ListenPoint,
  Source,
  Transport,
  TransportEvents,
} from "../../src/sip/transport/types.ts";

/** What goes wrong with the messages a transport sends. Change it at any moment of a test. */
export interface LoopFaults {
  /** How long a message is under way. Even at 0 it arrives only when the clock next moves (`advance(0)` will do). */
  delayMs: number;
  /** Messages that vanish. */
  drop: (message: SipMessage) => boolean;
  /** Messages that arrive twice. */
  duplicate: (message: SipMessage) => boolean;
  /** Messages whose sending fails with `sip.transport`. */
  fail: (message: SipMessage) => boolean;
}

const never = () => false;

/** Transports that reach each other in memory, on a clock that the test moves. Messages pass unserialized. */
export class LoopNetwork {
  readonly #clock: Clock;
  readonly #places = new Map<string, LoopTransport>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A transport listening on one point; by default udp 192.0.2.N:5060, N counting from 1. */
  open(point: Partial<ListenPoint> = {}): LoopTransport {
    const { transport = "udp", address = `192.0.2.${this.#places.size + 1}`, port = 5060 } = point;
    const opened = new LoopTransport(this, this.#clock, { transport, address, port });
    this.#places.set(`${transport} ${address}:${port}`, opened);
    return opened;
  }

  /** Who listens at `to`. */
  at(to: Destination): LoopTransport | undefined {
    return this.#places.get(`${to.transport} ${to.host}:${to.port}`);
  }
}

/** One end on a `LoopNetwork`. It keeps what it sent, and does to it what `faults` says. */
export class LoopTransport implements Transport {
  readonly events = new Emitter<TransportEvents>((error) => {
    throw error;
  });
  readonly listening: readonly ListenPoint[];
  /** Everything handed to `send`, lost or not, in order. */
  readonly sent: { readonly message: SipMessage; readonly to: Destination; readonly atMs: number }[] = [];
  readonly faults: LoopFaults = { delayMs: 0, drop: never, duplicate: never, fail: never };
  readonly #network: LoopNetwork;
  readonly #clock: Clock;
  readonly #point: ListenPoint;

  constructor(network: LoopNetwork, clock: Clock, point: ListenPoint) {
    this.#network = network;
    this.#clock = clock;
    this.#point = point;
    this.listening = [point];
  }

  localFor(): { address: string; port: number } {
    return { address: this.#point.address, port: this.#point.port };
  }

  /** Where a peer on the network sends to, to reach this transport. */
  get destination(): Destination {
    return { transport: this.#point.transport, host: this.#point.address, port: this.#point.port };
  }

  /** "INVITE", "ACK", "180", ...: what was sent, in short. */
  get log(): string[] {
    return this.sent.map(({ message }) =>
      message.type === "request" ? message.method : String(message.status),
    );
  }

  send(message: SipMessage, to: Destination, onFailure?: (failure: Failure) => void): void {
    this.sent.push({ message, to, atMs: this.#clock.now() });
    if (this.faults.fail(message)) {
      this.#clock.after(0, () => onFailure?.(failure("sip.transport", `${to.host}:${to.port}`)));
      return;
    }
    if (this.faults.drop(message)) return;
    const copies = this.faults.duplicate(message) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.#clock.after(this.faults.delayMs, () => this.#network.at(to)?.arrive(message, this.#point));
    }
  }

  /** A message comes in from the transport that listens at `from`. */
  arrive(message: SipMessage, from: ListenPoint): void {
    const source: Source = {
      transport: from.transport,
      host: from.address,
      port: from.port,
      flow: 1,
      localAddress: this.#point.address,
      localPort: this.#point.port,
    };
    const stamped = message.type === "request" ? withReceived(message, from.address, from.port) : message;
    this.events.emit("message", stamped, source);
  }

  async close(): Promise<void> {
    this.events.clear();
  }
}

/** Two transports that reach each other: caller and callee of a test. */
export function loopPair(
  clock: Clock,
  transport: ListenPoint["transport"] = "udp",
): [LoopTransport, LoopTransport] {
  const network = new LoopNetwork(clock);
  return [network.open({ transport }), network.open({ transport })];
}

import { createConnection, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { SipMessage } from "../../src/sip/message/message.ts";
import { openTransport } from "../../src/sip/transport/open-transport.ts";
import type {
  ListenPoint,
  Source,
  Transport,
  TransportEvents,
  TransportName,
  TransportOptions,
} from "../../src/sip/transport/types.ts";

/** A transport on a free port of 127.0.0.1, closed when the test ends. */
export async function openSip(
  transport: TransportName,
  options: Partial<TransportOptions> = {},
): Promise<{ transport: Transport; point: ListenPoint }> {
  const opened = await openTransport([{ transport, address: "127.0.0.1", port: 0 }], {
    clock: systemClock(),
    ...options,
  });
  if (!opened.ok) throw new Error(opened.error.code);
  const [point] = opened.value.listening;
  if (point === undefined) throw new Error("listens nowhere");
  onTestFinished(() => opened.value.close());
  return { transport: opened.value, point };
}

/** The next event of that name. Ask before causing it. */
export function next<K extends keyof TransportEvents>(
  transport: Transport,
  event: K,
): Promise<TransportEvents[K]> {
  return new Promise((resolve) => {
    const stop = transport.events.on(event, (...args) => {
      stop();
      resolve(args as TransportEvents[K]);
    });
  });
}

/** The next `count` messages. Ask before causing them. */
export function nextMessages(transport: Transport, count: number): Promise<[SipMessage, Source][]> {
  const messages: [SipMessage, Source][] = [];
  return new Promise((resolve) => {
    const stop = transport.events.on("message", (...message) => {
      messages.push(message);
      if (messages.length < count) return;
      stop();
      resolve(messages);
    });
  });
}

/** A bare TCP client that gathers what it is sent. */
export interface RawClient {
  readonly socket: Socket;
  /** All it was sent, once that contains `text`. */
  until(text: string): Promise<string>;
  /** All it was sent, once the peer has closed. */
  closed(): Promise<string>;
}

/** Connects a bare TCP client; ended with the test. */
export async function connectRaw(point: ListenPoint): Promise<RawClient> {
  const socket = createConnection({ host: point.address, port: point.port });
  onTestFinished(() => {
    socket.destroy();
  });
  let gathered = "";
  socket.on("error", () => {});
  socket.on("data", (bytes: Buffer) => {
    gathered += bytes.toString();
  });
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(gathered)));
  await new Promise((resolve) => socket.once("connect", resolve));
  return {
    socket,
    closed: () => closed,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (gathered.includes(text)) resolve(gathered);
        };
        look();
        socket.on("data", look);
        void closed.then(() => reject(new Error(`closed without ${text}: ${gathered}`)));
      }),
  };
}

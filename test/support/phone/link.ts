import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { Framer } from "../../../src/sip/message/framer.ts";

export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface Server extends Address {
  readonly transport: "udp" | "tcp";
}

/** A phone's socket: datagrams to anywhere, or one connection to the server. */
export interface Link {
  readonly transport: "udp" | "tcp";
  readonly local: Address;
  /** A connection ignores `to`. */
  send(bytes: Uint8Array, to: Address): void;
  close(): Promise<void>;
}

type Receive = (bytes: Uint8Array, from: Address) => void;

/** Opens a phone's socket on the loopback address. */
export async function openLink(server: Server, receive: Receive): Promise<Link> {
  return server.transport === "udp" ? openUdp(receive) : openTcp(server, receive);
}

async function openUdp(receive: Receive): Promise<Link> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => receive(bytes, from));
  // A datagram to a phone that is gone comes back as an error: as good as lost.
  socket.on("error", () => undefined);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    transport: "udp",
    local: socket.address(),
    send: (bytes, to) => socket.send(bytes, to.port, to.address),
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

async function openTcp(server: Server, receive: Receive): Promise<Link> {
  const socket = connect({ port: server.port, host: server.address, noDelay: true });
  await once(socket, "connect");
  const framer = new Framer();
  socket.on("data", (data) => {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    for (const frame of framer.push(bytes)) if (frame.type === "message") receive(frame.bytes, server);
  });
  socket.on("error", () => undefined);
  return {
    transport: "tcp",
    local: { address: socket.localAddress ?? "127.0.0.1", port: socket.localPort ?? 0 },
    send: (bytes) => socket.write(bytes),
    async close() {
      if (socket.closed) return;
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    },
  };
}

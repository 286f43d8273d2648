import { createSocket, type Socket } from "node:dgram";

/** What arrived on a leg's RTP or RTCP socket. */
export type OnDatagram = (data: Uint8Array, address: string, port: number) => void;

/** A leg's two UDP sockets: RTP on an even port, RTCP on the next one (RFC 3550 §11). */
export interface PortPair {
  /**
   * Sends the first `length` bytes of `buffer` to `address`, which is an IP address. The bytes are read at once unless the
   * socket's queue is full; then they are read within the next few packet times, so a sender walks a ring of buffers.
   */
  sendRtp(buffer: Uint8Array, length: number, port: number, address: string): void;
  sendRtcp(buffer: Uint8Array, length: number, port: number, address: string): void;
  /** Resolves once both UDP ports are free. */
  close(): Promise<void>;
}

export type Binding =
  | { readonly outcome: "bound"; readonly pair: PortPair }
  | { readonly outcome: "in-use" }
  | { readonly outcome: "refused"; readonly detail: string };

/**
 * Binds the pair that begins at the even `rtpPort`. The sockets stay unconnected: a connected one would save some time per packet,
 * but the kernel would then drop strangers' packets uncounted, and an ICMP error would end up as an error of ours.
 */
export async function bindPair(
  address: string,
  rtpPort: number,
  onRtp: OnDatagram,
  onRtcp: OnDatagram,
): Promise<Binding> {
  const family = address.includes(":") ? "udp6" : "udp4";
  const rtp = await bind(family, address, rtpPort, onRtp);
  if (!(rtp instanceof Bound)) return rtp;
  const rtcp = await bind(family, address, rtpPort + 1, onRtcp);
  if (!(rtcp instanceof Bound)) {
    await closed(rtp.socket);
    return rtcp;
  }
  return { outcome: "bound", pair: pairOf(rtp.socket, rtcp.socket) };
}

class Bound {
  readonly socket: Socket;
  constructor(socket: Socket) {
    this.socket = socket;
  }
}

/** The default would ask the resolver about every single packet's address. */
function literal(
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, hostname, hostname.includes(":") ? 6 : 4);
}

function bind(
  type: "udp4" | "udp6",
  address: string,
  port: number,
  onDatagram: OnDatagram,
): Promise<Bound | Exclude<Binding, { outcome: "bound" }>> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, lookup: literal });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      const inUse = error.code === "EADDRINUSE";
      resolve(inUse ? { outcome: "in-use" } : { outcome: "refused", detail: error.message });
    });
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners("error");
      // What the network says of a packet sent (host or port unreachable) is no reason to stop: the RTP timeout judges.
      socket.on("error", () => {});
      socket.on("message", (data, from) => onDatagram(data, from.address, from.port));
      resolve(new Bound(socket));
    });
  });
}

function pairOf(rtp: Socket, rtcp: Socket): PortPair {
  return {
    sendRtp: (buffer, length, port, address) => rtp.send(buffer, 0, length, port, address),
    sendRtcp: (buffer, length, port, address) => rtcp.send(buffer, 0, length, port, address),
    close: async () => {
      await Promise.all([closed(rtp), closed(rtcp)]);
    },
  };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}

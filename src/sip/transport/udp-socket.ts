import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup as dnsLookup, type LookupOneOptions } from "node:dns";
import { isIP } from "node:net";
import type { Failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { listenFailure } from "./listen-failure.ts";
import type { ListenPoint } from "./types.ts";

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** One bound, unconnected UDP socket. */
export interface UdpSocket {
  /** Where it really listens. */
  readonly point: ListenPoint;
  /** Sends one datagram; `host` may be a name. `failed` is told what the system says. */
  send(bytes: Uint8Array, host: string, port: number, failed: (error: Error) => void): void;
  close(): Promise<void>;
}

/** Binds a socket; `received` gets every datagram. */
export function openUdp(
  point: ListenPoint,
  received: (bytes: Uint8Array, remote: RemoteInfo) => void,
): Promise<Result<UdpSocket, Failure>> {
  const v6 = isIP(point.address) === 6;
  const socket = createSocket({ type: v6 ? "udp6" : "udp4", ipv6Only: v6, lookup });
  return new Promise((resolve) => {
    socket.once("error", (error) => {
      socket.close();
      resolve(err(listenFailure(point, error)));
    });
    socket.bind(point.port, point.address, () => {
      socket.removeAllListeners("error");
      // What goes wrong with one datagram is told to its sender; the socket serves the others.
      socket.on("error", () => {});
      socket.on("message", received);
      resolve(ok(running(socket, { ...point, port: socket.address().port })));
    });
  });
}

function running(socket: Socket, point: ListenPoint): UdpSocket {
  let open = true;
  return {
    point,
    send(bytes, host, port, failed) {
      if (!open) return failed(new Error("the transport is closed"));
      socket.send(bytes, port, host, (error) => {
        if (error !== null) failed(error);
      });
    },
    close() {
      if (!open) return Promise.resolve();
      open = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** An address is its own answer, and at once: what is sent to one leaves in the same turn of the event loop. */
function lookup(host: string, options: LookupOneOptions, callback: LookupCallback): void {
  const family = isIP(host);
  if (family !== 0) callback(null, host, family);
  else dnsLookup(host, options, callback);
}

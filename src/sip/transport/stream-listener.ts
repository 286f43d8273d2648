import { createServer, isIP, connect as netConnect, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";
import type { Failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { listenFailure } from "./listen-failure.ts";
import type { Credentials } from "./tls-credentials.ts";
import type { Destination, ListenPoint } from "./types.ts";

/** How long a TLS client may take to shake hands. */
const HANDSHAKE_MS = 10_000;

/** One listening TCP or TLS server. */
export interface StreamListener {
  /** Where it really listens. */
  readonly point: ListenPoint;
  /** Stops listening and ends what has not finished its handshake; accepted connections are the acceptor's. */
  close(): Promise<void>;
}

/** Listens; `accepted` gets every connection, over TLS once it is secure. */
export function openStream(
  point: ListenPoint,
  credentials: Credentials | undefined,
  maxConnections: number,
  accepted: (socket: Socket, point: ListenPoint) => void,
): Promise<Result<StreamListener, Failure>> {
  const secure = point.transport === "tls";
  const server: Server = secure
    ? createTlsServer({ cert: credentials?.cert, key: credentials?.key, handshakeTimeout: HANDSHAKE_MS })
    : createServer();
  server.maxConnections = maxConnections;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(err(listenFailure(point, error))));
    server.listen({ port: point.port, host: point.address, ipv6Only: isIP(point.address) === 6 }, () => {
      server.removeAllListeners("error");
      // One connection that cannot be accepted must not end the others.
      server.on("error", () => {});
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : point.port;
      const listening = { ...point, port };
      server.on(secure ? "secureConnection" : "connection", (socket: Socket) => accepted(socket, listening));
      resolve(ok({ point: listening, close: () => closeServer(server, sockets) }));
    });
  });
}

/** Opens a connection; what is written before it stands waits for it. */
export function connectStream(to: Destination, authorities: string | undefined): Socket {
  const { host, port } = to;
  if (to.transport !== "tls") return netConnect({ host, port });
  // RFC 5922: whom we call must prove its name; a phone that calls us need not.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return tlsConnect({ host, port, ...name, ...(authorities === undefined ? {} : { ca: authorities }) });
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

/**
 * The shells: files (or whole folders, ending in "/") that do I/O, keep time, own a thread or announce events, with what
 * each does. Every other file under src/ is pure. A shell decides nothing: before adding a row, see whether the
 * decision in the file can move to a pure neighbour.
 */
export const SHELLS: Readonly<Record<string, string>> = {
  "src/core/clock.ts": "is the machine's clock",
  "src/core/emitter.ts": "announces events, and logs the bug that a listener threw",
  "src/app/": "composes the shells, reads files and the environment, is the command line",
  "src/store/": "is SQLite",

  "src/sip/transport/interfaces.ts": "asks the machine for its addresses",
  "src/sip/transport/open-transport.ts": "opens and closes the sockets, announces messages",
  "src/sip/transport/stream-connection.ts": "is a TCP or TLS connection",
  "src/sip/transport/stream-listener.ts": "accepts TCP and TLS connections",
  "src/sip/transport/tls-credentials.ts": "reads the certificate and key",
  "src/sip/transport/udp-socket.ts": "is a UDP socket, resolves host names",
  "src/sip/auth/node-hash.ts": "is Node's MD5 and SHA-256",
  "src/sip/dialog/invite-session.ts": "announces what becomes of a session",
  "src/sip/dialog/received-session.ts": "announces what becomes of a call that came",
  "src/sip/dialog/sent-session.ts": "announces what becomes of a call we made",
  "src/sip/dialog/user-agent.ts": "announces new sessions and requests",

  "src/b2bua/directory.ts": "holds the live calls, hands matrices to the engine, announces changes",
  "src/b2bua/feature-leg.ts": "announces the keys and the end of a feature call's leg",
  "src/b2bua/leg.ts": "holds a session and its media port together, announces both",
  "src/b2bua/leg-media.ts": "opens and configures media ports, announces their events",
  "src/b2bua/switchboard.ts": "makes legs of the INVITEs that come and of those it sends",

  "src/mixer/engine/engine.ts": "announces what the media threads report",
  "src/mixer/engine/host.ts": "opens the sockets of the ports it runs",
  "src/mixer/engine/local-engine.ts": "gives the engine a clock and random numbers in this thread",
  "src/mixer/engine/sockets.ts": "is a pair of UDP sockets",
  "src/mixer/engine/worker.ts": "is the media thread",
  "src/mixer/engine/worker-engine.ts": "starts and loses media threads",

  "src/supervision/session.ts": "names the leg that a supervision came by",
  "src/supervision/supervision-desk.ts":
    "runs supervisions: events of legs and calls in, effects on them out",
};

import { isIP } from "node:net";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ListenPoint, TransportName } from "../../sip/transport/types.ts";

const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

export const LISTEN_FORM = "an address such as udp://0.0.0.0:5060 (udp, tcp or tls; an IP address; a port)";

/** Reads `udp://0.0.0.0:5060`; the port may be left out (5060, or 5061 for tls), and 0 means any free one. */
export function parseListenUrl(text: string): Result<ListenPoint, Failure> {
  const match = /^(?<scheme>[a-z]+):\/\/(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:/[\]]+))(?::(?<port>\d{1,5}))?$/.exec(
    text,
  );
  const { scheme = "", v4, v6, port } = match?.groups ?? {};
  if (scheme === "ws" || scheme === "wss") {
    return err(failure("config.unavailable", "SIP over WebSocket comes later; use udp://, tcp:// or tls://"));
  }
  const address = v6 ?? v4 ?? "";
  const isAddress = isIP(address) === (v6 === undefined ? 4 : 6);
  const portNumber = port === undefined ? undefined : Number(port);
  if (!isTransport(scheme) || !isAddress || (portNumber ?? 0) > 65535) {
    return err(failure("config.wrong-value", `expected ${LISTEN_FORM}`));
  }
  return ok({ transport: scheme, address, port: portNumber ?? DEFAULT_PORTS[scheme] });
}

/** The other way round, for the `ready` line and messages. */
export function listenUrl({ transport, address, port }: ListenPoint): string {
  return `${transport}://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function isTransport(scheme: string): scheme is TransportName {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

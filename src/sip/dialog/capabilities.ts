/**
 * What we say of ourselves in every message: Allow, Supported, Accept, and the product's name (RFC 3261 §20, table 2).
 * Pure. It must never promise an extension that nothing here implements.
 */
import { type HeaderField, METHODS } from "../message/message.ts";

/** The option tags we implement (RFC 3261 §19.2). None yet: 100rel, timer and replaces would be named here. */
export const SUPPORTED: readonly string[] = [];

/** The only session description we read. */
export const SESSION_TYPE = "application/sdp";

export const ALLOW: HeaderField = { name: "Allow", value: METHODS.join(", ") };
export const ACCEPT: HeaderField = { name: "Accept", value: SESSION_TYPE };
const SUPPORTED_FIELD: HeaderField = { name: "Supported", value: SUPPORTED.join(", ") };

/** The standing fields of a request of ours. ACK and CANCEL negotiate nothing and carry the product alone. */
export function requestCapabilities(method: string, product: string): readonly HeaderField[] {
  const agent: HeaderField = { name: "User-Agent", value: product };
  return method === "ACK" || method === "CANCEL" ? [agent] : [ALLOW, SUPPORTED_FIELD, agent];
}

/** The standing fields of a response of ours to `method`. */
export function responseCapabilities(
  method: string,
  status: number,
  product: string,
): readonly HeaderField[] {
  const server: HeaderField = { name: "Server", value: product };
  if (status >= 300) return [server];
  if (method === "INVITE") return [ALLOW, SUPPORTED_FIELD, server];
  // RFC 3261 §11.2: the answer to OPTIONS tells everything.
  if (method === "OPTIONS") return [ALLOW, ACCEPT, SUPPORTED_FIELD, server];
  return [server];
}

/**
 * Decides which of our addresses a peer reaches us at, and which listening point a message to it leaves from.
 * It knows what the interfaces say and nothing of routing tables, and never answers with a wildcard address.
 */
import type { Destination, ListenPoint } from "./types.ts";

/** One address of this machine. */
export interface LocalAddress {
  readonly address: string;
  /** Leading bits that its subnet shares. */
  readonly prefix: number;
  /** Loopback. */
  readonly internal: boolean;
}

/**
 * The address a peer reaches us at: loopback for a loopback peer, else that of the narrowest subnet the peer is in,
 * else the first that leaves the machine (the default route's, on a host with one network).
 */
export function localAddressFor(peer: string, addresses: readonly LocalAddress[]): string {
  const bytes = addressBytes(peer);
  const sameFamily = addresses.filter((one) => addressBytes(one.address)?.length === (bytes?.length ?? 4));
  const loopback = bytes?.length === 16 ? "::1" : "127.0.0.1";
  if (isLoopback(peer)) return loopback;
  const neighbours = sameFamily
    .filter((one) => !one.internal && sharesPrefix(bytes, addressBytes(one.address), one.prefix))
    .sort((a, b) => b.prefix - a.prefix);
  return (neighbours[0] ?? sameFamily.find((one) => !one.internal))?.address ?? loopback;
}

/** The listening point a message to `to` leaves from: one of its transport and family, on the peer's side of the machine. */
export function listenPointFor<P extends ListenPoint>(points: readonly P[], to: Destination): P | undefined {
  const wantsV6 = addressBytes(to.host)?.length === 16;
  const fitting = points.filter(
    (point) => point.transport === to.transport && (addressBytes(point.address)?.length === 16) === wantsV6,
  );
  const local = isLoopback(to.host);
  return (
    fitting.find((point) => !isWildcard(point.address) && isLoopback(point.address) === local) ??
    fitting.find((point) => isWildcard(point.address)) ??
    fitting[0]
  );
}

/** Whether an address stands for all of this machine's. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Four or sixteen octets; undefined for a host name. Brackets and a zone are left aside. */
function addressBytes(text: string): number[] | undefined {
  const address = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (/^\d+(\.\d+){3}$/.test(address)) return address.split(".").map(Number);
  if (!address.includes(":")) return undefined;
  const [left = "", right] = address.split("::");
  const head = groupBytes(left);
  const tail = groupBytes(right ?? "");
  const gap = right === undefined ? 0 : Math.max(0, 16 - head.length - tail.length);
  const bytes = [...head, ...new Array<number>(gap).fill(0), ...tail];
  return bytes.length === 16 ? bytes : undefined;
}

function groupBytes(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

function sharesPrefix(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
  bits: number,
): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((octet, index) => {
    const shared = Math.min(8, Math.max(0, bits - 8 * index));
    return octet >> (8 - shared) === (b[index] ?? 0) >> (8 - shared);
  });
}

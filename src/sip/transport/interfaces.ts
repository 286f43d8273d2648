import { networkInterfaces } from "node:os";
import type { Clock } from "../../core/clock.ts";
import { type LocalAddress, localAddressFor } from "./local-address.ts";

const FRESH_MS = 10_000;
const MAX_REMEMBERED = 4_096;

/**
 * Finds the address of this machine that a peer reaches us at. What was found is remembered for ten seconds, since it is
 * asked for every datagram; then the interfaces are read again, since networks come and go.
 */
export function localAddressFinder(clock: Clock): (peer: string) => string {
  let addresses: LocalAddress[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  const found = new Map<string, string>();
  return (peer) => {
    if (clock.now() - readAtMs >= FRESH_MS) {
      readAtMs = clock.now();
      addresses = readAddresses();
      found.clear();
    }
    const known = found.get(peer);
    if (known !== undefined) return known;
    const address = localAddressFor(peer, addresses);
    if (found.size < MAX_REMEMBERED) found.set(peer, address);
    return address;
  };
}

function readAddresses(): LocalAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address, cidr, internal }) => ({
      address,
      prefix: Number(cidr?.split("/")[1] ?? 0),
      internal,
    }));
}

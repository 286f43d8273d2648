import { networkInterfaces } from "node:os";
import type { Clock } from "../../core/clock.ts";
import type { LocalAddress } from "./local-address.ts";

const FRESH_MS = 10_000;

/** This machine's addresses, read again when what was read is older than ten seconds: networks come and go. */
export function localAddresses(clock: Clock): () => readonly LocalAddress[] {
  let known: LocalAddress[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.now() - readAt >= FRESH_MS) {
      readAt = clock.now();
      known = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .map(({ address, cidr, internal }) => ({
          address,
          prefix: Number(cidr?.split("/")[1] ?? 0),
          internal,
        }));
    }
    return known;
  };
}

/**
 * Decides what a matrix means for the ports that are open: who serves whom with what, as flat arrays that the hot path
 * walks. Prepared outside it and swapped in whole, between two packets (promise 4). Pure; it must never let a listener
 * hear what its row does not name (promise 1).
 */
import type { GainQ8, Matrix, PortId, Row } from "../matrix.ts";
import { Feed } from "./feed.ts";
import type { Port } from "./port.ts";

/** All that one listener is served. */
export interface Route {
  readonly listener: Port;
  readonly partner: Port | undefined;
  /** 0 where the partner clocks this listener but is not heard by it. */
  readonly partnerGainQ8: GainQ8;
  /** The partner's telephone-events are passed on. */
  readonly partnerDigits: boolean;
  /** Its other speakers, whose audio waits until the listener's clock asks for it. */
  readonly others: readonly Feed<Port>[];
}

/** The routes of one call. `before` are those it had: a feed that stays is kept, so that its audio has no seam. */
export function routesOf(
  matrix: Matrix,
  ports: ReadonlyMap<PortId, Port>,
  before: readonly Route[],
): Route[] {
  const routes: Route[] = [];
  for (const row of matrix.rows) {
    const listener = ports.get(row.listener);
    // The first row of a listener counts, as in `gain`.
    if (listener === undefined || routes.some((route) => route.listener === listener)) continue;
    routes.push(routeOf(row, listener, ports, before));
  }
  return routes;
}

function routeOf(
  row: Row,
  listener: Port,
  ports: ReadonlyMap<PortId, Port>,
  before: readonly Route[],
): Route {
  const partner = row.partner === undefined ? undefined : ports.get(row.partner);
  const old = before.find((route) => route.listener === listener)?.others ?? [];
  const others: Feed<Port>[] = [];
  const seen = new Set<PortId>();
  let partnerGainQ8 = 0;
  let partnerDigits = false;
  for (const { speaker: id, gainQ8, digits = false } of row.hears) {
    const speaker = ports.get(id);
    if (speaker === undefined || seen.has(id)) continue;
    seen.add(id);
    if (!(gainQ8 > 0)) continue;
    if (speaker === partner) {
      partnerGainQ8 = gainQ8;
      partnerDigits = digits;
    } else {
      const feed = old.find((one) => one.speaker === speaker) ?? new Feed(speaker, gainQ8);
      feed.gainQ8 = gainQ8;
      others.push(feed);
    }
  }
  return { listener, partner, partnerGainQ8, partnerDigits, others };
}

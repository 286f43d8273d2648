/** The four directions of a stream as arithmetic: mirrored for the other side, limited to what both want (RFC 3264 §6.1). */
import type { Direction } from "./session-description.ts";

/** Whether the side that wrote it sends. */
export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether the side that wrote it wants to receive. */
export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** The direction that sends and receives so. */
export function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

/** The same stream seen from the other end. */
export function mirrored(direction: Direction): Direction {
  return directionOf(receives(direction), sends(direction));
}

/** What is left where both limits hold. */
export function limitedTo(a: Direction, b: Direction): Direction {
  return directionOf(sends(a) && sends(b), receives(a) && receives(b));
}

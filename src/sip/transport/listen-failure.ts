/** Turns what the operating system said about a listening point into a failure a user can act on. Pure. */
import { type Failure, failure } from "../../core/failure.ts";
import type { ListenPoint } from "./types.ts";

/** `listen.port-in-use` where another process has the port, `listen.failed` for all else. */
export function listenFailure(point: ListenPoint, error: Error): Failure {
  const { transport, address, port } = point;
  const where = `${transport}://${address.includes(":") ? `[${address}]` : address}:${port}`;
  const code = "code" in error ? String(error.code) : error.message;
  if (code === "EADDRINUSE") return failure("listen.port-in-use", where);
  return failure("listen.failed", `${where} (${code})`);
}

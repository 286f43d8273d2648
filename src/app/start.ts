import { messageOf } from "../core/failure.ts";
import { complainOf } from "./check.ts";
import { loadConfiguration } from "./config/load.ts";
import type { Host } from "./host.ts";
import { createLog } from "./log.ts";
import type { RunningServer } from "./server.ts";

/** How long calls may take to be hung up, ms; the process is promised to end within 5 s of a signal. */
export const CLOSE_DEADLINE_MS = 4500;

/** A terminal signals its whole process group and npm passes its own copy on: what comes so soon is the same Ctrl-C, ms. */
const SAME_SIGNAL_MS = 1000;

/** `floorwalker start`: runs the server until it is stopped. Resolves to the exit code. */
export async function start(path: string, host: Host): Promise<number> {
  const configuration = loadConfiguration(path, host.environment);
  if (!configuration.ok) {
    complainOf(configuration.error, path, host);
    return 1;
  }
  const log = createLog(configuration.value.log.level);
  for (const warning of configuration.value.warnings) log.warn(warning);
  // Told before the server starts, so that a signal during the start is not lost.
  const stopped = new Promise<string>((resolve) => host.onStop(resolve));

  const server = await host.startServer(configuration.value, log);
  if (!server.ok) {
    host.complain(`floorwalker cannot start: ${messageOf(server.error)}`);
    return 1;
  }
  // Only now: a bug during the start ends it.
  host.onBug((error) => log.error({ err: error }, "a bug of Floorwalker; calls go on"));
  host.print(`ready ${server.value.addresses.join(" ")}`);
  log.info({ addresses: server.value.addresses, configuration: path }, "ready");

  const signal = await stopped;
  log.info({ signal }, "stopping: hanging up every call");
  const inTime = await closeInTime(server.value, host);
  if (!inTime) log.error({ deadlineMs: CLOSE_DEADLINE_MS }, "calls were not hung up in time");
  return inTime ? 0 : 1;
}

/** Closes the server, or gives up on it at the deadline or at a second signal. */
async function closeInTime(server: RunningServer, host: Host): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = host.clock.after(CLOSE_DEADLINE_MS, () => resolve(false));
    const since = host.clock.now();
    host.onStop(() => {
      if (host.clock.now() - since >= SAME_SIGNAL_MS) resolve(false);
    });
    const closed = server.close().then(
      () => true,
      () => false,
    );
    void closed.then((clean) => {
      cancel();
      resolve(clean);
    });
  });
}

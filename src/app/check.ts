import { type Failure, messageOf } from "../core/failure.ts";
import { loadConfiguration } from "./config/load.ts";
import type { Host } from "./host.ts";

/** `floorwalker check`: says whether a configuration is right, and what is wrong with it. Returns the exit code. */
export function check(path: string, host: Host): number {
  const configuration = loadConfiguration(path, host.environment);
  if (!configuration.ok) {
    complainOf(configuration.error, path, host);
    return 1;
  }
  for (const warning of configuration.value.warnings) host.complain(`warning: ${warning}`);
  host.print(`${path} is right (users: ${configuration.value.users.length})`);
  return 0;
}

/** Tells a person what is wrong with a configuration. */
export function complainOf(failures: readonly Failure[], path: string, host: Host): void {
  const count = failures.length === 1 ? "a mistake" : `${failures.length} mistakes`;
  host.complain(`floorwalker: ${count} in ${path}`);
  for (const failure of failures) host.complain(`  ${messageOf(failure)}`);
}

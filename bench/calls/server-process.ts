/** The measured process: a whole server with the configuration file it is given. */
import { pino } from "pino";
import { loadConfiguration } from "../../src/app/config/load.ts";
import { startServer } from "../../src/app/server.ts";
import { messageOf } from "../../src/core/failure.ts";
import { answerFor, tell } from "./protocol.ts";

async function serve(path: string): Promise<void> {
  const configuration = loadConfiguration(path);
  if (!configuration.ok) return tell({ type: "failed", why: configuration.error.map(messageOf).join("\n") });
  const server = await startServer(configuration.value, pino({ level: configuration.value.log.level }));
  if (!server.ok) return tell({ type: "failed", why: messageOf(server.error) });
  answerFor(server.value.addresses, () => server.value.close());
}

await serve(process.argv[2] ?? "");

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { check } from "./check.ts";
import type { Host } from "./host.ts";
import { packageRoot } from "./package-root.ts";
import { start } from "./start.ts";

const USAGE = 2;

/** Runs one command line (without the program's name). Resolves to the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function runCli(args: readonly string[], host: Host): Promise<number> {
  let exitCode = 0;
  const program = createProgram(host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // `--help` and `--version` come here too, with 0.
    return error.exitCode === 0 ? 0 : USAGE;
  }
}

function createProgram(host: Host, exit: (code: number) => void): Command {
  const program = new Command("floorwalker")
    .description("A SIP server for contact centres: supervisors listen to, coach and join live calls")
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.print(text.trimEnd()),
      writeErr: (text) => host.complain(text.trimEnd()),
    });
  const config = ["-c, --config <file>", "the configuration file", defaultConfiguration()] as const;

  program
    .command("start")
    .description("run the server until SIGTERM or SIGINT; prints one `ready` line once it accepts calls")
    .option(...config)
    .action(async (options: { config: string }) => exit(await start(options.config, host)));
  program
    .command("check")
    .description("say whether a configuration file is right, and how to mend it")
    .option(...config)
    .action((options: { config: string }) => exit(check(options.config, host)));
  program
    .command("demo")
    .description("let three simulated phones show every mode on this machine, and measure who hears whom")
    .action(async () => {
      const { demo } = await import("./demo/demo.ts");
      exit(await demo(host));
    });
  return program;
}

/** The embedded default: a small contact centre on loopback. */
function defaultConfiguration(): string {
  return join(packageRoot(), "config/floorwalker.yaml");
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return manifest.version;
}

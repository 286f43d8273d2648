#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { processHost } from "./host.ts";

// An explicit exit, so that a forgotten timer or socket cannot keep the process from ending.
process.exit(await runCli(process.argv.slice(2), processHost()));

/**
 * What supervised calls cost the server: `npm run bench:calls -- --calls 50 --mode whisper`. The server runs in a process of
 * its own; docs/performance.md says what is measured and how to read it.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { placeOnCores } from "./calls/cores.ts";
import { forwarderCost } from "./calls/forwarder.ts";
import { MODES, type Mode } from "./calls/modes.ts";
import { showRun, showTable } from "./calls/report.ts";
import { type Figures, run } from "./calls/run.ts";

/** From here on the server's tick stands in for phones that are overdue: that is another load than the one asked for, ms. */
const STALL_MS = 60;
const ATTEMPTS = 3;

const USAGE = `npm run bench:calls -- [options]
  --calls N       calls at once, each with a supervisor (50)
  --mode MODE     ${MODES.join(" | ")} | all (whisper)
  --seconds S     length of the measured window (20)
  --repeat R      runs per mode, taken in turns; the table shows medians (1)
  --realtime      before every other process on the machine (needs the right to)
  --profile DIR   write a CPU profile of every thread of the server into DIR
  --json          figures of every run as JSON, nothing else`;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "50" },
    mode: { type: "string", default: "whisper" },
    seconds: { type: "string", default: "20" },
    repeat: { type: "string", default: "1" },
    realtime: { type: "boolean", default: false },
    profile: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const print = (text: string): void => {
  if (!values.json) console.log(text);
};

function positive(name: "calls" | "seconds" | "repeat"): number {
  const number = Number(values[name]);
  if (!(number > 0) || (name !== "seconds" && !Number.isInteger(number))) stop(`--${name} ${values[name]}?`);
  return number;
}

function modes(): readonly Mode[] {
  if (values.mode === "all") return MODES;
  const mode = MODES.find((one) => one === values.mode);
  return mode === undefined ? stop(`--mode ${values.mode}?`) : [mode];
}

function stop(complaint: string): never {
  console.error(`${complaint}\n${USAGE}`);
  process.exit(2);
}

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const calls = positive("calls");
const seconds = positive("seconds");
const repeat = positive("repeat");
const chosen = modes();
const { description, under } = placeOnCores(values.realtime);
const launch = {
  under,
  flags: values.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", values.profile],
};

/** A run during which the load itself stalled says nothing; whether one counts is never decided by the server's figures. */
async function undisturbedRun(mode: Mode): Promise<Figures> {
  for (let attempt = 1; ; attempt++) {
    const figures = await run({ mode, calls, seconds, launch });
    print(showRun(figures));
    if (figures.latenessMs.max < STALL_MS || attempt === ATTEMPTS) return figures;
    print("  the load stalled: once more");
  }
}

print(`${calls} calls for ${seconds} s, Node ${process.version}, ${cpus().length} cores: ${description}`);
print(`load average before: ${loadavg()[0]?.toFixed(2)}`);
const runs: Figures[] = [];
const floors: number[] = [];
for (let turn = 0; turn < repeat; turn++) {
  const floor = await forwarderCost(calls, seconds, { under, flags: [] });
  floors.push(floor);
  print(`a bare forwarder: ${floor.toFixed(2)} CPU-ms per call-second`);
  for (const mode of chosen) runs.push(await undisturbedRun(mode));
}
print(`load average after: ${loadavg()[0]?.toFixed(2)}`);
if (runs.length > 1) print(`\n${showTable(runs, floors)}`);
if (values.json) console.log(JSON.stringify({ forwarder: floors, runs }, null, 2));
if (runs.some(({ faults }) => faults.length > 0)) process.exitCode = 1;

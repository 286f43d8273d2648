import type { Mode } from "./modes.ts";
import type { Figures } from "./run.ts";
import { type Spread, spreadOf } from "./samples.ts";

/** One run in full. */
export function showRun(figures: Figures): string {
  const { mode, delayMs, latenessMs, packetsSent, streams, faults } = figures;
  const heard = streams
    .filter(({ packets }) => packets > 0)
    .map(({ listener, packets, lost, relayedShare }) => {
      return `${listener} ${packets} packets, ${lost} lost, ${(100 * relayedShare).toFixed(1)} % relayed`;
    });
  return [
    `${mode}: ${figures.cpuMsPerCallSecond.toFixed(2)} CPU-ms per call-second`,
    `  delay p50 ${ms(delayMs.p50)}, p99 ${ms(delayMs.p99)}, max ${ms(delayMs.max)} over ${delayMs.count} packets`,
    `  the load itself was late by p50 ${ms(latenessMs.p50)}, p99 ${ms(latenessMs.p99)}, max ${ms(latenessMs.max)}`,
    `  sent ${packetsSent} packets; received: ${heard.join("; ")}`,
    `  memory per call ${figures.residentKiBPerCall.toFixed(0)} KiB resident, ${figures.heapKiBPerCall.toFixed(0)} KiB of them heap of the main thread`,
    faults.length === 0 ? "  everybody hears whom the mode says" : `  NOT IN FORCE: ${faults.join("; ")}`,
  ].join("\n");
}

/** A row per mode: the median of its runs, and the lowest and highest where there are several; the bare forwarder above. */
export function showTable(runs: readonly Figures[], forwarder: readonly number[]): string {
  const header = [
    "mode",
    "CPU-ms per call-second",
    "delay p50, ms",
    "delay p99, ms",
    "load late p99, ms",
    "lost",
    "resident KiB per call",
  ];
  const modes: Mode[] = [...new Set(runs.map(({ mode }) => mode))];
  const rows = modes.map((mode) => {
    const of = runs.filter((figures) => figures.mode === mode);
    const spread = (pick: (figures: Figures) => number, digits: number): string =>
      showSpread(spreadOf(of.map(pick)), digits);
    return [
      mode,
      spread(({ cpuMsPerCallSecond }) => cpuMsPerCallSecond, 2),
      spread(({ delayMs }) => delayMs.p50, 2),
      spread(({ delayMs }) => delayMs.p99, 2),
      spread(({ latenessMs }) => latenessMs.p99, 2),
      spread(lostIn, 0),
      spread(({ residentKiBPerCall }) => residentKiBPerCall, 0),
    ];
  });
  const floor = ["bare forwarder", showSpread(spreadOf(forwarder), 2), "", "", "", "", ""];
  return markdown([header, header.map(() => "---"), floor, ...rows]);
}

function lostIn({ streams }: Figures): number {
  return streams.reduce((sum, { lost }) => sum + lost, 0);
}

function markdown(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function showSpread({ median, min, max }: Spread, digits: number): string {
  const middle = median.toFixed(digits);
  return min === max ? middle : `${middle} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

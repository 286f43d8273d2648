/**
 * Times short functions and weighs what they allocate. Each is called many times per sample, because one call takes less
 * than reading the clock does.
 */
import { getHeapStatistics } from "node:v8";
import { Bench } from "tinybench";

const CALLS_PER_SAMPLE = 200;
const SAMPLING_MS = 300;
const CALLS_WEIGHED = 100_000;
const WEIGHINGS = 5;

/** One thing to measure. `run` must use what it computes, or the compiler removes it. */
export interface Subject {
  readonly name: string;
  readonly run: () => unknown;
}

/** Measures every subject and prints a table: median ns and bytes allocated per call. */
export async function measure(title: string, subjects: readonly Subject[]): Promise<void> {
  const bench = new Bench({ time: SAMPLING_MS, warmupTime: SAMPLING_MS / 3 });
  for (const { name, run } of subjects) {
    bench.add(name, () => {
      for (let i = 0; i < CALLS_PER_SAMPLE; i++) run();
    });
  }
  await bench.run();
  const rows = subjects.map(({ name, run }) => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !("latency" in result)) throw new Error(`${name} failed: ${result?.state}`);
    const medianNs = (result.latency.p50 * 1e6) / CALLS_PER_SAMPLE;
    return { [title]: name, "median ns": Math.round(medianNs), "bytes allocated": weigh(run) };
  });
  console.table(rows);
}

/** Bytes V8 allocates per call: the least of some weighings, because it allocates for itself too. */
function weigh(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < WEIGHINGS; i++) {
    const before = getHeapStatistics().total_allocated_bytes;
    for (let call = 0; call < CALLS_WEIGHED; call++) run();
    least = Math.min(least, getHeapStatistics().total_allocated_bytes - before);
  }
  return Math.round(least / CALLS_WEIGHED);
}

import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseListenUrl } from "../../src/app/config/listen-url.ts";
import type { Server } from "../support/phone/link.ts";
import { createPhone } from "../support/phone/phone.ts";
import { until } from "../support/phone/until.ts";

const MAIN = join(import.meta.dirname, "../../src/app/main.ts");

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floorwalker-process-"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Runs `floorwalker start` in a process of its own. */
function start(sip: string): {
  readonly stdout: () => string;
  readonly stderr: () => string;
  exit: Promise<unknown[]>;
} {
  const path = join(folder, "floor.yaml");
  writeFileSync(
    path,
    `sip: { ${sip} }
media: { address: 127.0.0.1 }
store: { path: ${JSON.stringify(join(folder, "floor.db"))} }
users: [{ extension: "1001", password: a }, { extension: "2001", password: b }]
`,
  );
  const started = spawn(process.execPath, [MAIN, "start", "--config", path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  let stdout = "";
  let stderr = "";
  started.stdout.on("data", (data) => {
    stdout += data;
  });
  started.stderr.on("data", (data) => {
    stderr += data;
  });
  return { stdout: () => stdout, stderr: () => stderr, exit: once(started, "exit") };
}

function serverOf(ready: string): Server {
  const point = parseListenUrl(ready.trim().split(" ")[1] ?? "");
  if (!point.ok || point.value.transport !== "udp") throw new Error(`not ready: ${ready}`);
  return { transport: "udp", address: point.value.address, port: point.value.port };
}

describe("the server's process", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "hangs up its calls, frees its ports and ends with 0 within 5 s of %s",
    async (signal) => {
      const { stdout, stderr, exit } = start("listen: [udp://127.0.0.1:0]");
      await until("ready", () => stdout().includes("\n"), 10_000);
      expect(stdout()).toMatch(/^ready udp:\/\/127\.0\.0\.1:\d+\n$/);
      const server = serverOf(stdout());
      const agent = await createPhone({ extension: "1001", password: "a", server });
      const customer = await createPhone({ extension: "2001", password: "b", server });
      await agent.register();
      const call = await customer.call("1001");
      await call.answered();

      const stoppedAt = performance.now();
      child?.kill(signal);
      expect(await call.ended()).toMatchObject({ by: "them" });
      expect(await (agent.calls[0] ?? call).ended()).toMatchObject({ by: "them" });
      expect(await exit).toEqual([0, null]);
      expect(performance.now() - stoppedAt).toBeLessThan(5_000);
      expect(stdout().split("\n")).toHaveLength(2);
      // Everything on stderr is a line of the log.
      for (const line of stderr().trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();

      const free = createSocket("udp4").bind(server.port, server.address);
      await once(free, "listening");
      free.close();
      await Promise.all([agent.close(), customer.close()]);
    },
  );

  test("says in words that its port is in use, and ends with 1", async () => {
    const taken = createSocket("udp4").bind(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address();
    const { stdout, stderr, exit } = start(`listen: [udp://127.0.0.1:${port}]`);
    expect(await exit).toEqual([1, null]);
    expect(stdout()).toBe("");
    expect(stderr()).toContain(`floorwalker cannot start: The address is in use`);
    expect(stderr()).toContain(String(port));
    taken.close();
  });
});
